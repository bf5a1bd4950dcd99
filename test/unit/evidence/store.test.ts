import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { EVIDENCE_VERSION, type CaseLine, type EvidenceLine, type FactLine } from '../../../src/evidence/records.js';
import { EvidenceWriter, readEvidence, type SealedEvidence } from '../../../src/evidence/store.js';

const HEADER: CaseLine = {
  kind: 'case',
  apiVersion: EVIDENCE_VERSION,
  id: 'ACC-01',
  run: 'r1',
  seed: 1,
  mesh: 'reference',
};
const fact = (name: string, value: FactLine['value']): FactLine => ({ kind: 'fact', phase: 'p', t: 1, name, value });

describe('evidence/store', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'mg-evidence-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  function write(lines: readonly EvidenceLine[], header = HEADER): SealedEvidence {
    const writer = new EvidenceWriter(dir, header);
    for (const line of lines) writer.append(line);
    return writer.seal();
  }
  const fileOf = ({ file }: SealedEvidence): string => join(dir, file);

  it('reads back what was written, in order, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 }), (texts) => {
        const lines = texts.map((text) => fact('text', text));
        assert.deepEqual(readEvidence(dir, write(lines)), { header: HEADER, lines: [HEADER, ...lines] });
      }),
      { numRuns: 50 },
    );
  });

  it('seals with the SHA-256 of the very file, also when it was written in many pieces', () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => fact(`n${index}`, 'x'.repeat(index % 100)));
    const sealed = write(lines);
    assert.deepEqual(sealed, {
      file: 'evidence/ACC-01.ndjson',
      sha256: createHash('sha256')
        .update(readFileSync(fileOf(sealed)))
        .digest('hex'),
    });
    assert.equal(readEvidence(dir, sealed).lines.length, 3_001);
  });

  it('has on the disk what was flushed, long before the end', () => {
    const writer = new EvidenceWriter(dir, HEADER);
    writer.append(fact('measured', 1));
    writer.flush();
    assert.equal(readFileSync(writer.path, 'utf8').trimEnd().split('\n').length, 2);
    writer.seal();
  });

  it('judges no file that differs by one byte, is cut off, or is gone, and names it', () => {
    const sealed = write([fact('answer', 42)]);
    const whole = readFileSync(fileOf(sealed), 'utf8');
    for (const damaged of [whole.replace('42', '43'), whole.slice(0, -5), `${whole}\n`, '']) {
      writeFileSync(fileOf(sealed), damaged);
      assert.throws(() => readEvidence(dir, sealed), {
        code: 'E_EVIDENCE_ALTERED',
        exitCode: 4,
        message: /ACC-01\.ndjson/,
      });
    }
    rmSync(fileOf(sealed));
    assert.throws(() => readEvidence(dir, sealed), {
      code: 'E_EVIDENCE_MISSING',
      exitCode: 4,
      message: /ACC-01\.ndjson: ENOENT/,
    });
  });

  it('refuses files that were sealed but are not ours', () => {
    const foreign = (text: string): SealedEvidence => {
      const sealed = write([]);
      writeFileSync(fileOf(sealed), text);
      return { ...sealed, sha256: createHash('sha256').update(text).digest('hex') };
    };
    assert.throws(() => readEvidence(dir, foreign('')), { code: 'E_EVIDENCE_FORMAT' });
    assert.throws(() => readEvidence(dir, foreign(`${JSON.stringify(fact('a', 1))}\n`)), {
      code: 'E_EVIDENCE_FORMAT',
      message: /:1 /,
    });
    assert.throws(() => readEvidence(dir, foreign(`${JSON.stringify(HEADER)}\n{"kind":\n`)), {
      code: 'E_EVIDENCE_FORMAT',
      message: /ACC-01\.ndjson:2 /,
    });
    assert.throws(() => readEvidence(dir, foreign(`${JSON.stringify({ ...HEADER, apiVersion: 'v9' })}\n`)), {
      code: 'E_EVIDENCE_VERSION',
      message: /v9/,
    });
  });

  it('says what is in the way where it cannot write', () => {
    writeFileSync(join(dir, 'evidence'), 'a file');
    assert.throws(() => write([]), {
      code: 'E_EVIDENCE_WRITE',
      exitCode: 3,
      message: /evidence\/ACC-01\.ndjson: EEXIST/,
    });
  });

  it('says that the disk is full, and where to go', () => {
    const writer = new EvidenceWriter(dir, { ...HEADER, id: 'FULL' });
    writer.seal();
    rmSync(writer.path);
    symlinkSync('/dev/full', writer.path);
    const onFullDisk = new EvidenceWriter(dir, { ...HEADER, id: 'FULL' });
    assert.throws(() => onFullDisk.flush(), {
      code: 'E_EVIDENCE_WRITE',
      exitCode: 3,
      message: /FULL\.ndjson: ENOSPC/,
      hint: /free some space.*--out/,
    });
    onFullDisk.seal();
  });
});
