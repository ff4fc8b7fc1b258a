const { Sequelize } = require('sequelize');

function list(models, term, order) {
  return models.Product.findAll({
    attributes: [
      // ruleid: sequelize-raw-injection
      [Sequelize.literal(`(SELECT COUNT(*) FROM votes WHERE name = '${term}')`), 'votes'],
      // ok: sequelize-raw-injection
      [Sequelize.literal('(SELECT COUNT(*) FROM votes)'), 'all'],
      // ok: sequelize-raw-injection
      [Sequelize.fn('COUNT', Sequelize.col(term)), 'some'],
    ],
    // ruleid: sequelize-raw-injection
    order: models.sequelize.literal('price ' + order),
    // ok: sequelize-raw-injection
    group: models.sequelize.literal('FIELD(id,' + models.sequelize.escape(order) + ')'),
  });
}

// ok: sequelize-raw-injection
const word = grammar.literal('a' + term);
