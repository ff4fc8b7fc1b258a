const ldap = require('ldapjs');

function find(client, user, name) {
  // ruleid: ldap-injection-filter
  client.search(base, { filter: '(uid=' + user + ')', scope: 'sub' }, done);
  // ruleid: ldap-injection-filter
  client.search(base, { scope: 'sub', filter: `(&(objectClass=person)(mail=${user}))` }, done);
  // ruleid: ldap-injection-filter
  const filter = '(sAMAccountName=' + name + ')';
  // ok: ldap-injection-filter
  client.search(base, { filter: '(objectClass=person)' }, done);
  // ok: ldap-injection-filter
  client.search(base, { filter: new ldap.EqualityFilter({ attribute: 'uid', value: user }) }, done);
  // ok: ldap-injection-filter
  const label = '(name=' + name + ')';
  // ok: ldap-injection-filter
  list.query({ filter: name + ' desc' });
  return filter;
}
