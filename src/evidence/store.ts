/** Evidence on disk: one append-only NDJSON file a case, hashed when it is sealed, verified before it is judged again. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { HarnessError, badInput } from '../errors/harness-error.js';
import { EVIDENCE_VERSION, type CaseLine, type Evidence, type EvidenceLine } from './records.js';

export interface SealedEvidence {
  /** Relative to the report's folder. */
  readonly file: string;
  readonly sha256: string;
}

/** Lines are gathered in memory up to this size, then written. */
const CHUNK = 64 * 1024;
const READ_CHUNK = 1024 * 1024;

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
  const lines = [...streamEvidence(dir, sealed)];
  const [header] = lines;
  if (header?.kind !== 'case') throw headless(join(dir, sealed.file));
  return { header, lines };
}

/**
 * The same, line by line, for who need not have all of it in memory. What is wrong with the file is thrown in the place of its end:
 * whether it was altered is known only then.
 */
export function* streamEvidence(dir: string, { file, sha256 }: SealedEvidence): Generator<EvidenceLine> {
  const path = join(dir, file);
  const hash = createHash('sha256');
  let flaw: HarnessError | undefined;
  let number = 0;
  for (const text of readLines(path, hash)) {
    number += 1;
    if (flaw !== undefined || text === '') continue;
    const line = parseLine(path, text, number);
    flaw = line instanceof HarnessError ? line : number === 1 ? findFlaw(path, line) : undefined;
    if (!(line instanceof HarnessError) && flaw === undefined) yield line;
  }
  const seen = hash.digest('hex');
  if (seen !== sha256) {
    throw badInput(
      'E_EVIDENCE_ALTERED',
      `${path} is not the file the report was made from: its SHA-256 is ${seen}, the report says ${sha256}`,
      'restore the file or run the case again; altered evidence is not judged',
    );
  }
  if (number === 0) throw headless(path);
  if (flaw !== undefined) throw flaw;
}

function findFlaw(path: string, first: EvidenceLine): HarnessError | undefined {
  if (first.kind !== 'case') return headless(path);
  const version: string = first.apiVersion;
  if (version === EVIDENCE_VERSION) return undefined;
  return badInput(
    'E_EVIDENCE_VERSION',
    `${path} is of version ${version}, this program reads ${EVIDENCE_VERSION}`,
    'judge it with the release that wrote it',
  );
}

function headless(path: string): HarnessError {
  return badInput(
    'E_EVIDENCE_FORMAT',
    `${path}:1 does not say which case it belongs to`,
    'the file is no evidence of meshgauge, or its beginning is lost',
  );
}

/** Without their ends; every byte goes into the hash. */
function* readLines(path: string, hash: Hash): Generator<string> {
  const fd = openToRead(path);
  try {
    const chunk = Buffer.allocUnsafe(READ_CHUNK);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) {
      const part = chunk.subarray(0, size);
      hash.update(part);
      const lines = (rest + decoder.write(part)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    rest += decoder.end();
    if (rest !== '') yield rest;
  } finally {
    closeSync(fd);
  }
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw badInput(
      'E_EVIDENCE_MISSING',
      `cannot read ${path}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      'the report names this file; copy the whole folder, evidence included',
    );
  }
}

function parseLine(path: string, text: string, number: number): EvidenceLine | HarnessError {
  try {
    return JSON.parse(text) as EvidenceLine;
  } catch {
    return badInput(
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
