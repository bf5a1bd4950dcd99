/** The raw timeline of a series on disk, one JSON object a line, so that every figure can be made again. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../errors/harness-error.js';
import type { Applied } from './scenario.js';
import type { FlipTimeline } from './timeline.js';

const MEASUREMENTS_VERSION = 'meshgauge.dev/converge/v1';

export interface FlipLine extends Applied {
  readonly kind: 'flip';
  readonly flip: number;
  readonly change: string;
  readonly endedAt: number;
}

const FOLDER = 'measurements';

export class MeasurementsFile implements Disposable {
  /** Relative to the report's folder. */
  readonly file: string;
  readonly #fd: number;

  constructor(dir: string, series: string, header: Readonly<Record<string, string | number>>) {
    this.file = `${FOLDER}/converge-${series}.ndjson`;
    const path = join(dir, this.file);
    this.#fd = guard(path, () => {
      mkdirSync(join(dir, FOLDER), { recursive: true });
      return openSync(path, 'w', 0o644);
    });
    this.#append([{ kind: 'series', apiVersion: MEASUREMENTS_VERSION, series, ...header }]);
  }

  /** The flip, then its probes: proxy, when sent, how long it took, what it showed, the gap in force. */
  write(line: FlipLine, { proxies }: FlipTimeline): void {
    const probes = proxies.flatMap(({ proxy, probes: all }) =>
      all.map(({ t, ms, look, gapMs }) => ({ kind: 'probe', flip: line.flip, proxy, t, ms: round(ms), look, gapMs })),
    );
    this.#append([line, ...probes]);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #append(lines: readonly object[]): void {
    guard(this.file, () => writeSync(this.#fd, lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  }
}

const round = (ms: number): number => Math.round(ms * 1_000) / 1_000;

function guard<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new HarnessError({
      code: 'E_MEASUREMENTS_WRITE',
      message: `cannot write measurements to ${path}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      hint: 'free some space, or choose another folder with --out',
      cause,
    });
  }
}
