/** Evidence on disk: one append-only NDJSON file a case, hashed when it is sealed, verified before it is judged again. */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError, badInput } from '../errors/harness-error.js';
import { EVIDENCE_VERSION, type CaseLine, type Evidence, type EvidenceLine } from './records.js';

export interface SealedEvidence {
  /** Relative to the report's folder. */
  readonly file: string;
  readonly sha256: string;
}

/** Lines are gathered in memory up to this size, then written. */
const CHUNK = 64 * 1024;

export class EvidenceWriter {
  readonly #dir: string;
  readonly #file: string;
  readonly #hash = createHash('sha256');
  readonly #fd: number;
  #pending: string[] = [];
  #pendingSize = 0;

  /** @throws HarnessError E_EVIDENCE_WRITE when the folder cannot take the file. */
  constructor(dir: string, header: CaseLine) {
    this.#dir = dir;
    this.#file = `evidence/${header.id}.ndjson`;
    this.#fd = guard(this.path, () => {
      mkdirSync(join(dir, 'evidence'), { recursive: true });
      return openSync(this.path, 'w', 0o644);
    });
    this.append(header);
  }

  get path(): string {
    return join(this.#dir, this.#file);
  }

  append(line: EvidenceLine): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#hash.update(text);
    this.#pending.push(text);
    this.#pendingSize += text.length;
    if (this.#pendingSize >= CHUNK) this.flush();
  }

  /** Everything gathered so far reaches the disk. */
  flush(): void {
    const data = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    this.#pendingSize = 0;
    guard(this.path, () => {
      for (let offset = 0; offset < data.length;) offset += writeSync(this.#fd, data, offset);
    });
  }

  seal(): SealedEvidence {
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
    return { file: this.#file, sha256: this.#hash.digest('hex') };
  }
}

/** Reads evidence back as a judge sees it. @throws HarnessError (bad input) on a missing, altered, truncated or foreign file. */
export function readEvidence(dir: string, sealed: SealedEvidence): Evidence {
  const path = join(dir, sealed.file);
  const text = readText(path);
  const sha256 = createHash('sha256').update(text).digest('hex');
  if (sha256 !== sealed.sha256) {
    throw badInput(
      'E_EVIDENCE_ALTERED',
      `${path} is not the file the report was made from: its SHA-256 is ${sha256}, the report says ${sealed.sha256}`,
      'restore the file or run the case again; altered evidence is not judged',
    );
  }
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseLine(path, line, index + 1));
  const [header] = lines;
  if (header?.kind !== 'case')
    throw badInput(
      'E_EVIDENCE_FORMAT',
      `${path}:1 does not say which case it belongs to`,
      'the file is no evidence of meshgauge, or its beginning is lost',
    );
  const version: string = header.apiVersion;
  if (version !== EVIDENCE_VERSION) {
    throw badInput(
      'E_EVIDENCE_VERSION',
      `${path} is of version ${version}, this program reads ${EVIDENCE_VERSION}`,
      'judge it with the release that wrote it',
    );
  }
  return { header, lines };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw badInput(
      'E_EVIDENCE_MISSING',
      `cannot read ${path}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      'the report names this file; copy the whole folder, evidence included',
    );
  }
}

function parseLine(path: string, text: string, number: number): EvidenceLine {
  try {
    return JSON.parse(text) as EvidenceLine;
  } catch {
    throw badInput(
      'E_EVIDENCE_FORMAT',
      `${path}:${number} is not a JSON object`,
      'the file is truncated or was edited; restore it',
    );
  }
}

function guard<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    const hint =
      code === 'ENOSPC'
        ? 'free some space or choose another folder with --out; what was written so far is kept'
        : 'choose a folder you can write to with --out';
    throw new HarnessError({
      code: 'E_EVIDENCE_WRITE',
      message: `cannot write evidence to ${path}: ${code}`,
      hint,
      cause,
    });
  }
}
