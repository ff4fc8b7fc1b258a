// ruleid: graphql-introspection-enabled
const server = new ApolloServer({ typeDefs, resolvers, introspection: true });
// ruleid: graphql-introspection-enabled
app.use('/graphql', graphqlHTTP({ schema, graphiql: true }));
// ruleid: graphql-introspection-enabled
app.use('/g', expressGraphQL({ schema, graphiql: true, pretty: true }));
// ok: graphql-introspection-enabled
const safe = new ApolloServer({ typeDefs, resolvers, introspection: dev });
// ok: graphql-introspection-enabled
app.use('/graphql', graphqlHTTP({ schema, graphiql: false }));
// ok: graphql-introspection-enabled
const tool = run({ graphiql: true });
