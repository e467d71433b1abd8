/** Imports point one way: search ← workers, db; db ← dashboard; all ← experiments. No cycles anywhere. */
const only = (from, allowed) => ({
  name: `${from}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(search|workers|db|dashboard|experiments|test|bench)/',
    pathNot: `^(${[from, ...allowed].join('|')})/`,
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    only('search', []),
    only('workers', ['search']),
    only('db', ['search']),
    only('dashboard', ['search', 'db']),
    only('experiments', ['search', 'workers', 'db', 'dashboard']),
    {
      name: 'search-is-pure',
      comment: 'The science does no input or output: of Node it may only hash.',
      severity: 'error',
      from: { path: '^search/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // The parser knows no TSX: test/repository/page-imports.test.ts checks the page by the same rules.
    exclude: { path: '^dashboard/page/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
