// Generates the TypeScript types of the xDS protocol into drivers/reference/xds/gen.
// Runs on a fresh clone before anything is compiled: plain JavaScript, no protoc, no buf, no Python package.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import * as wkt from '@bufbuild/protobuf/wkt';
import { fetchWheel } from './wheel.mjs';

const ROOT = dirname(dirname(import.meta.dirname));
const OUT = join(ROOT, 'drivers/reference/xds/gen');
const PLUGIN = createRequire(import.meta.url).resolve('@bufbuild/protoc-gen-es/bin/protoc-gen-es');
/** `json_types`: resources are written as typed proto3 JSON. */
const PARAMETER = 'target=ts,import_extension=js,json_types=true';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Generates the code unless it is current. Returns the number of files written, 0 if nothing was to be done. */
export function generateXds() {
  const pin = JSON.parse(readFileSync(join(ROOT, 'drivers/reference/versions.json'), 'utf8'))['xds-protos'];
  const stamp = hashInputs(pin);
  const stampFile = join(OUT, '.stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return 0;

  const wheel = fetchWheel('xds-protos', pin);
  const roots = JSON.parse(readFileSync(join(import.meta.dirname, 'roots.json'), 'utf8'));
  const protos = closeOverImports(roots, new Map([...readDescriptors(wheel), ...wellKnownDescriptors()]));
  const generated = protos.map((proto) => proto.name).filter((name) => !isWellKnown(name));
  const files = [...runPlugin(protos, generated), { name: 'registry.ts', content: writeRegistry(generated) }];

  // A run that is interrupted leaves no half of an output behind.
  const fresh = `${OUT}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  for (const { name, content } of [...files, { name: '.stamp', content: stamp }]) {
    mkdirSync(dirname(join(fresh, name)), { recursive: true });
    writeFileSync(join(fresh, name), content);
  }
  rmSync(OUT, { recursive: true, force: true });
  renameSync(fresh, OUT);
  return files.length;
}

function hashInputs(pin) {
  const hash = createHash('sha256').update(JSON.stringify(pin));
  for (const name of ['generate.mjs', 'descriptors.py', 'roots.json']) {
    hash.update(readFileSync(join(import.meta.dirname, name)));
  }
  return hash.update(readFileSync(join(dirname(dirname(PLUGIN)), 'package.json'))).digest('hex');
}

/** Every file descriptor of the wheel, by proto file name. */
function readDescriptors(wheel) {
  const script = join(import.meta.dirname, 'descriptors.py');
  const lines = execFileSync('python3', [script, wheel], { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
  const protos = lines
    .trim()
    .split('\n')
    .map((line) => fromBinary(wkt.FileDescriptorProtoSchema, Buffer.from(line, 'base64')));
  for (const { messageType, extension } of protos) {
    nameJsonFields(extension);
    messageType.forEach(nameJsonMembers);
  }
  return new Map(protos.map((proto) => [proto.name, proto]));
}

/** protoc gives every field its JSON name; descriptors inside Python code come without. */
function nameJsonMembers({ field, extension, nestedType }) {
  nameJsonFields([...field, ...extension]);
  nestedType.forEach(nameJsonMembers);
}

function nameJsonFields(fields) {
  for (const field of fields) field.jsonName ||= protoCamelCase(field.name);
}

/** google/protobuf/*: not in the wheel, and the runtime brings them compiled. */
function wellKnownDescriptors() {
  return Object.values(wkt)
    .filter((value) => value?.kind === 'file')
    .map(({ proto }) => [proto.name, proto]);
}

function isWellKnown(name) {
  return name.startsWith('google/protobuf/');
}

/** The roots and all they import, imports first, as a code generator request wants them. */
function closeOverImports(roots, protos) {
  const closed = new Map();
  const visit = (name, importer) => {
    if (closed.has(name)) return;
    const proto = protos.get(name);
    if (!proto) throw new Error(`no descriptor of ${name}, which ${importer} names`);
    for (const dependency of proto.dependency) visit(dependency, name);
    closed.set(name, proto);
  };
  for (const root of roots) visit(root, 'roots.json');
  return [...closed.values()];
}

function runPlugin(protos, generated) {
  const request = create(wkt.CodeGeneratorRequestSchema, {
    protoFile: protos,
    sourceFileDescriptors: protos.filter(({ name }) => generated.includes(name)),
    fileToGenerate: generated,
    parameter: PARAMETER,
    compilerVersion: { major: 6, minor: 31, patch: 1 },
  });
  const input = toBinary(wkt.CodeGeneratorRequestSchema, request);
  const output = execFileSync(process.execPath, [PLUGIN], { input, maxBuffer: MAX_OUTPUT_BYTES });
  const response = fromBinary(wkt.CodeGeneratorResponseSchema, output);
  if (response.error) throw new Error(`protoc-gen-es: ${response.error}`);
  return response.file;
}

/** Proto3 JSON with `@type` inside can only be read with a registry of every message it may hold. */
function writeRegistry(generated) {
  const files = generated.map((name) => {
    const stem = name.replace(/\.proto$/, '');
    return { symbol: `file_${stem.replaceAll(/[^A-Za-z0-9]/g, '_')}`, module: `./${stem}_pb.js` };
  });
  return [
    "import { createRegistry } from '@bufbuild/protobuf';",
    ...files.map(({ symbol, module }) => `import { ${symbol} } from '${module}';`),
    '',
    '/** Every message of the xDS protocol that this mesh knows. */',
    `export const xdsRegistry = createRegistry(\n${files.map(({ symbol }) => `  ${symbol},\n`).join('')});\n`,
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = generateXds();
  console.error(files === 0 ? 'xds: types are current' : `xds: wrote ${files} files`);
}
