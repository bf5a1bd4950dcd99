/** Non-linear least squares by Levenberg and Marquardt, for a handful of parameters. */

const STEPS = 200;
/** Shrinking further changes nothing a double can hold. */
const CONVERGED = 1e-12;

type Residuals = (parameters: readonly number[]) => readonly number[];

/** Parameters near `start` at which the sum of squares of the residuals is smallest. */
export function minimiseSquares(residuals: Residuals, start: readonly number[]): readonly number[] {
  let parameters = start;
  let current = residuals(parameters);
  let damping = 1e-3;
  for (let step = 0; step < STEPS; step += 1) {
    const jacobian = slopes(residuals, parameters, current);
    const next = improve(residuals, { parameters, current, jacobian }, damping);
    if (next === undefined) break;
    const gain = squares(current) - squares(next.current);
    parameters = next.parameters;
    damping = next.damping / 10;
    const isDone = gain <= CONVERGED * squares(current);
    current = next.current;
    if (isDone) break;
  }
  return parameters;
}

function squares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

interface Position {
  readonly parameters: readonly number[];
  readonly current: readonly number[];
  readonly jacobian: readonly (readonly number[])[];
}

/** The first step that makes the sum smaller, shorter and shorter ones tried; undefined at a minimum. */
function improve(
  residuals: Residuals,
  { parameters, current, jacobian }: Position,
  from: number,
): { parameters: readonly number[]; current: readonly number[]; damping: number } | undefined {
  const size = parameters.length;
  const product = (a: number, b: number): number =>
    jacobian.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0);
  const descent = Array.from({ length: size }, (_, a) =>
    jacobian.reduce((sum, row, index) => sum - (row[a] ?? 0) * (current[index] ?? 0), 0),
  );
  for (let damping = from; damping < 1e12; damping *= 10) {
    const matrix = Array.from({ length: size }, (_, a) =>
      Array.from({ length: size }, (__, b) => product(a, b) * (a === b ? 1 + damping : 1) + (a === b ? 1e-12 : 0)),
    );
    const step = solve(matrix, descent);
    const moved = parameters.map((value, index) => value + (step[index] ?? 0));
    const there = residuals(moved);
    if (squares(there) < squares(current)) return { parameters: moved, current: there, damping };
  }
  return undefined;
}

function slopes(residuals: Residuals, parameters: readonly number[], current: readonly number[]): number[][] {
  const rows = current.map((): number[] => []);
  for (const [index, value] of parameters.entries()) {
    const width = 1e-6 * Math.max(1e-3, Math.abs(value));
    const moved = residuals(parameters.map((one, other) => (other === index ? one + width : one)));
    for (const [row, residual] of moved.entries()) rows[row]?.push((residual - (current[row] ?? 0)) / width);
  }
  return rows;
}

/** Gaussian elimination with the largest pivot of each column. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    const candidates = rows.slice(column).sort((a, b) => Math.abs(b[column] ?? 0) - Math.abs(a[column] ?? 0));
    rows.splice(column, size - column, ...candidates);
    const pivot = rows[column] ?? [];
    for (const row of rows.slice(column + 1)) {
      const factor = (row[column] ?? 0) / (pivot[column] ?? 1);
      for (let index = column; index <= size; index += 1) row[index] = (row[index] ?? 0) - factor * (pivot[index] ?? 0);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row -= 1) {
    const known = solution.reduce(
      (sum, value, index) => sum + (index > row ? value * (rows[row]?.[index] ?? 0) : 0),
      0,
    );
    solution[row] = ((rows[row]?.[size] ?? 0) - known) / (rows[row]?.[row] ?? 1);
  }
  return solution;
}
