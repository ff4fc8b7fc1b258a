function byOwner(id) {
  // ruleid: mongo-where-text
  return orders.find({ $where: `this.owner == '${id}'` });
}

function byReview(id) {
  // ruleid: mongo-where-text
  return reviews.find({ "$where": "this.product == " + id }).toArray();
}

function operators(id) {
  // ok: mongo-where-text
  return orders.find({ owner: `user-${id}` });
}

function constant() {
  // ok: mongo-where-text
  return orders.find({ $where: "this.paid > this.total" });
}
