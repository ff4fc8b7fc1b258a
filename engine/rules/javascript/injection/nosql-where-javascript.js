function byUser(db, id, n) {
  // ruleid: nosql-where-javascript
  db.collection('allocations').find({ $where: `this.userId == ${id} && this.stocks > '${n}'` });
  // ruleid: nosql-where-javascript
  db.collection('orders').find({ open: true, $where: "this.owner == '" + id + "'" });
  // ruleid: nosql-where-javascript
  Order.find().$where('this.total > ' + n);
  // ok: nosql-where-javascript
  db.collection('allocations').find({ $where: 'this.stocks > this.bonds' });
  // ok: nosql-where-javascript
  db.collection('allocations').find({ userId: id, note: `n ${n}` });
  // ok: nosql-where-javascript
  knex('orders').where('owner = ' + id);
}
