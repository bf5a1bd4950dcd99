// Types, floating promises, and the import law: suites, drivers and reports stand on src and never on each other;
// src stands on none of them (only src/cli wires); the agent stands alone.
import tseslint from 'typescript-eslint';

const forbid = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: patterns.map(([group, message]) => ({ group, message })) }],
});
const rooms = (...names) => names.map((name) => [[`**/${name}/**`], `import law: this room must not import ${name}/`]);

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'drivers/reference/xds/gen/', 'meshgauge-report/', 'artifacts/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'max-lines': ['error', { max: 300, skipComments: true, skipBlankLines: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['suites/**/*.ts'],
    rules: forbid(...rooms('drivers', 'reports'), [['**/src/cli/**'], 'import law: only the CLI wires']),
  },
  {
    files: ['drivers/**/*.ts'],
    rules: forbid(...rooms('suites', 'reports'), [['**/src/cli/**'], 'import law: only the CLI wires']),
  },
  {
    files: ['reports/**/*.ts'],
    rules: forbid(...rooms('suites', 'drivers'), [['**/src/cli/**'], 'import law: only the CLI wires']),
  },
  { files: ['src/**/*.ts'], ignores: ['src/cli/**'], rules: forbid(...rooms('suites', 'drivers', 'reports')) },
  {
    files: ['fixtures/k6/**/*.ts'],
    languageOptions: {
      parserOptions: { project: './fixtures/k6/tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  { files: ['fixtures/agent/**/*.ts'], rules: forbid(...rooms('src', 'suites', 'drivers', 'reports')) },
  // Tests that share one costly fixture (pods, proxies) stay together.
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
