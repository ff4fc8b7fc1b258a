function lookup(client, uid, done) {
  // ruleid: ldap-filter-building
  client.search("ou=people,dc=example,dc=org", { scope: "sub", filter: "(uid=" + uid + ")" }, done);
}

function login(client, name, done) {
  // ruleid: ldap-filter-building
  const filter = `(&(objectClass=person)(cn=${name}))`;
  client.search("dc=example,dc=org", { filter }, done);
}

function constant(client, done) {
  // ok: ldap-filter-building
  client.search("dc=example,dc=org", { scope: "sub", filter: "(objectClass=person)" }, done);
}

function built(client, uid, done) {
  // ok: ldap-filter-building
  client.search("dc=example,dc=org", { filter: new EqualityFilter({ attribute: "uid", value: uid }) }, done);
}

function image(blur) {
  // ok: ldap-filter-building
  return { filter: "blur(" + blur + "px)" };
}
