#!/usr/bin/env node
/** The command line. Each command lives in a file of its own and is imported when it is called, so that --help is instant. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode } from '../errors/harness-error.js';
import { useImageBuilder } from '../images/ensure.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { reportError } from './report-error.js';
import type { BenchFlags } from './bench-plan.js';
import type { CleanFlags } from './clean.js';
import type { CompareFlags } from './compare.js';
import type { ConvergeFlags } from './converge.js';
import type { GateFlags } from './gate.js';
import type { ImagesFlags } from './images.js';
import type { MetricsFlags } from './metrics.js';
import type { ManifestFlags } from './metrics-manifest.js';
import type { MutationFlags } from './mutation.js';
import type { RunFlags } from './run-plan.js';
import type { ScaleFlags } from './scale.js';

interface JsonFlag {
  readonly json?: boolean;
}

interface SelfTestOptions {
  readonly selfTest?: boolean;
  readonly only?: string[];
}

const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };

const program = new Command('meshgauge')
  .description(
    'Does a service mesh do what the Service Mesh Interface says, what does it cost, how fast does a change take effect?',
  )
  .version(version)
  .showHelpAfterError('(see --help)')
  .addHelpText(
    'after',
    '\nExit codes: 0 conformant · 1 violated · 2 inconclusive · 3 harness or infrastructure error · 4 bad input · 130 interrupted',
  )
  .exitOverride();

/** Which mesh, where, with what options: what every command that brings one up is told. */
const withMesh = (command: Command): Command =>
  command
    .option('--mesh <name>', 'a mesh that comes with the harness (default: reference)')
    .option('--driver <path>', 'a driver of your own: path, package, or exec:PATH for a program')
    .option('--env <name>', 'where workloads run: local, containers, kind, k3s or existing (default: local)')
    .option('--fault <name...>', 'give the reference mesh a deliberate defect')
    .option(
      '--seed <n>',
      'seed of everything random (default: drawn and printed)',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--keep', 'keep the folder with logs and configurations of the pods, and the cluster')
    .option('--out <dir>', 'where the report goes (default: meshgauge-report/<time>-<mesh>-<id>)')
    .option('--config <file>', 'configuration file (default: meshgauge.yaml, if there is one)')
    .option('--envoy <path>', 'the Envoy to use (default: ENVOY_PATH, PATH, then a pinned download)')
    .option('--xds <kind>', 'how xDS is spoken, where there is a choice: delta or sotw')
    .option('--option <key=value...>', 'an option of the mesh driver, such as mode=plain')
    .option(
      '--port-offset <n>',
      'added to every port that pods listen on (default: the first that is free)',
      wholeNumber(0, 50_000),
    )
    .option(
      '--converge-deadline <ms>',
      'how long a change may take to show (default: 5000 in local, 20000 elsewhere, unless the mesh has its own)',
      wholeNumber(100, 600_000),
    )
    .option('--cluster <name>', 'kind: use this cluster and leave it there (default: one is made for the run)')
    .option('--node-image <ref>', 'kind: node image (default: the pinned one)')
    .option('--kubernetes-version <version>', 'kind: Kubernetes version, such as 1.34.4')
    .option('--kind-config <file>', 'kind: configuration of the cluster')
    .option('--kubeconfig <file>', 'existing: kubeconfig (default: KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'existing: context of the kubeconfig (default: its current one)')
    .option('--yes-this-cluster', 'existing: go ahead though the cluster may be one that people depend on')
    .option('--adopt-mesh', 'test a mesh that is there already and leave it there')
    .option('--agent-image <ref>', 'image of the workloads, where the nodes pull it (default: the one we build)')
    .option('--k3s-image <ref>', 'k3s: the image; there is no default')
    .option('--json', 'print the report as JSON on stdout');

withMesh(program.command('run').description('run conformance cases against a mesh and write a report'))
  .option('--profile <name>', 'smoke, core, extended or full (default: core)')
  .option('--case <glob...>', 'only these cases, such as ACC-07 or "SPL-*"')
  .option('--area <name...>', 'only cases of these areas: access, specs, split, metrics, identity, crd')
  .option('--class <name...>', 'only cases of these classes: M (normative), X (only in an example), A (ambiguous)')
  .option('--grep <regexp>', 'only cases whose id and title match')
  .option('--lanes <n>', 'how many fixtures run side by side (default: 2)', wholeNumber(1, 16))
  .option('--accept-deviations', 'exit 0 when a mesh differs in no other way than it is known to')
  .option('--reporter <name>', 'a mocha reporter, instead of our own progress on stderr')
  .action(async (options: RunFlags) => finish(await (await import('./run.js')).run(options)));

withMesh(program.command('bench').description('what a request costs in a mesh: overhead, saturation'))
  .option(
    '--rate <n>',
    'requests a second and arm (default: 500, or 30 % of what the slowest arm can do)',
    wholeNumber(1, 100_000),
  )
  .option('--duration <s>', 'seconds of each repetition and comparison (default: 6)', wholeNumber(1, 3_600))
  .option('--reps <n>', 'repetitions; 6 are the fewest that can decide anything (default: 12)', wholeNumber(1, 1_000))
  .option('--connections <n>', 'connections of each arm (default: 16)', wholeNumber(1, 1_000))
  .option('--arrivals <kind>', 'uniform or poisson (default: uniform)')
  .option('--slo <limit>', 'also search the highest rate that keeps it, such as p99=20ms')
  .option('--engine <name>', 'autocannon, in the agents; or k6, on this host, for --env local (default: autocannon)')
  .option(
    '--load <kind>',
    'where the load comes from: pods, one an arm; jobs, a Job of agents for each arm; or k6-operator (default: pods)',
  )
  .option('--agents <n>', 'agents of each Job, or runners of each TestRun (default: 4)', wholeNumber(1, 64))
  .option('--no-ladder', 'do not measure how much each arm can do')
  .option('--self-test', 'no mesh: does the instrument read what is known?')
  .option('--only <group...>', 'of the self-test: only these groups')
  .action(async ({ selfTest, only, ...options }: BenchFlags & SelfTestOptions) => {
    if (selfTest !== true) return finish(await (await import('./bench.js')).bench(options));
    const { json } = options;
    const flags = { ...(json === undefined ? {} : { json }), ...(only === undefined ? {} : { only }) };
    finish(await (await import('./self-test.js')).selfTest(flags));
  });

withMesh(program.command('converge').description('how fast changes of policy take effect on every proxy'))
  .option('--flips <n>', 'how often each kind of change is made (default: 30)', wholeNumber(1, 10_000))
  .option('--proxies <n>', 'proxies that are watched (default: 4)', wholeNumber(1, 16))
  .option('--changes <name...>', 'only these kinds of change, such as allow deny split-shift')
  .option('--deadline <ms>', 'after this a change counts as not come', wholeNumber(100, 600_000))
  .option('--quick', 'fewer changes, and shorter pauses before them')
  .action(async (options: ConvergeFlags) => finish(await (await import('./converge.js')).converge(options)));

withMesh(program.command('scale').description('more and more simulated proxies against the control plane of a mesh'))
  .option('--clients <list>', 'numbers of simulated proxies (default: 10,30,100,300,1000)')
  .option('--changes <n>', 'changes at each number (default: 10)', wholeNumber(1, 1_000))
  .option('--services <n>', 'services that are there all the time (default: 10)', wholeNumber(1, 10_000))
  .option('--per-connection <n>', 'simulated proxies that share a connection', wholeNumber(1, 1_000))
  .action(async (options: ScaleFlags) => finish(await (await import('./scale.js')).scale(options)));

program
  .command('mutation')
  .description('every case against every deliberate defect of a mesh: which of them notices which')
  .option('--mesh <name>', 'a mesh that comes with the harness and has faults (default: reference)')
  .option('--driver <path>', 'a driver of your own that has some')
  .option('--fault <name...>', 'only these faults')
  .option('--case <glob...>', 'only these cases')
  .option('--all', 'run every case that a fault touches, however long it takes')
  .option(
    '--minutes <n>',
    'begin with nothing that no case asks for after so long (default: 13)',
    wholeNumber(0, 1_000),
  )
  .option('--benches <n>', 'meshes side by side, each with a fault of its own (default: 4)', wholeNumber(1, 16))
  .option('--seed <n>', 'seed of everything random (default: 1)', wholeNumber(0, Number.MAX_SAFE_INTEGER))
  .option('--keep', 'keep the folders with logs and configurations of the pods')
  .option('--out <dir>', 'where evidence and the page go (default: meshgauge-report/<time>-<mesh>-<id>)')
  .option('--document <file>', 'where the page of a complete matrix goes as well')
  .action(async (options: MutationFlags) => finish(await (await import('./mutation.js')).mutation(options)));

program
  .command('judge <dir>')
  .description('judge stored evidence again')
  .option('--json', 'print the report with the new verdicts as JSON')
  .action(async (dir: string, options: JsonFlag) => finish(await (await import('./judge.js')).judge(dir, options)));

program
  .command('render <dir>')
  .description('write a report in another format')
  .requiredOption('--format <name>', 'html, junit, allure, markdown, conformance, smp, openmetrics or json')
  .option('--out <path>', 'file, or folder for several files (default: stdout, or inside the report)')
  .action(async (dir: string, options: { format: string; out?: string }) =>
    finish(await (await import('./render.js')).render(dir, options)),
  );

program
  .command('gate')
  .description('what a pipeline runs: every mesh of the configuration, held against its baseline; the worst decides')
  .option('--config <file>', 'configuration file (default: meshgauge.yaml)')
  .option('--out <dir>', 'where the reports go (default: meshgauge-report/<time>-gate)')
  .action(async (options: GateFlags) => finish(await (await import('./gate.js')).gate(options)));

program
  .command('compare <dir...>')
  .description('runs side by side: verdicts, overhead, convergence, portability')
  .option('--baseline <dir>', 'the run that the others are held against')
  .option('--format <name>', 'text, md, html or json (default: text)')
  .option('--fail-on <what>', 'regression: exit code 1 when something is worse than the baseline')
  .option('--out <file>', 'where it goes (default: stdout)')
  .action(async (dirs: string[], options: CompareFlags) =>
    finish(await (await import('./compare.js')).compare(dirs, options)),
  );

program
  .command('validate <file...>')
  .description('check SMI manifests against the specification, every version')
  .option('--json', 'print the problems as JSON')
  .action(async (files: string[], options: { json?: boolean }) =>
    finish(await (await import('./validate.js')).validateFiles(files, { json: options.json === true })),
  );

program
  .command('drivers')
  .description('list the meshes that can be tested')
  .option('--json', 'as JSON')
  .action(async (options: JsonFlag) => finish(await (await import('./drivers.js')).listDrivers(options)));

program
  .command('explain [id]')
  .description('what a case does and why, or the list of all cases')
  .option('--json', 'as JSON')
  .action(async (id: string | undefined, options: JsonFlag) =>
    finish(await (await import('./explain.js')).explain(id, options)),
  );

program
  .command('doctor')
  .description('check whether this machine can run everything')
  .option('--env <name>', 'only what this environment needs (default: local must be fit, the others are told)')
  .option('--json', 'as JSON')
  .action(async (options: JsonFlag & { env?: string }) => finish(await (await import('./doctor.js')).doctor(options)));

program
  .command('clean')
  .description('remove what killed runs left behind: processes, sockets, files, containers, clusters')
  .option('--dry-run', 'only say what would be removed')
  .option('--kubeconfig <file>', 'look into the cluster of this kubeconfig as well')
  .option('--context <name>', 'look into the cluster of this context as well')
  .option('--run <id...>', 'runs that are over, though this machine knows nothing of them')
  .option('--json', 'as JSON')
  .action(async (options: CleanFlags) => finish(await (await import('./clean.js')).clean(options)));

const images = program
  .command('images')
  .description('images, programs and charts for clusters, with or without a registry');

/** What all of `images` is about. */
const withSelection = (command: Command): Command =>
  command
    .option('--mesh <name...>', 'for these meshes (default: all that come with the harness)')
    .option('--only <word...>', 'only what has this in its name, or what is needed for `cluster` or `agents`');

const withOrigin = (command: Command): Command =>
  withSelection(command).addOption(
    new Option('--from <origin>', 'auto: published where a registry answers, else from source')
      .choices(['auto', 'published', 'source'])
      .default('auto'),
  );

withOrigin(images.command('build'))
  .description('make what is missing or stale')
  .option('--jobs <n>', 'how many at a time (default: 3)', wholeNumber(1, 16))
  .option('--json', 'list what there is as JSON')
  .action(async (options: ImagesFlags) => finish(await (await import('./images.js')).buildAll(options)));

withOrigin(images.command('list'))
  .description('what is needed, and what of it is there')
  .option('--json', 'as JSON')
  .action(async (options: ImagesFlags) => finish(await (await import('./images.js')).listAll(options)));

withSelection(images.command('load'))
  .description('load images into the nodes of a kind cluster, or everything out of a file')
  .option('--cluster <name>', 'the kind cluster')
  .option('--archive <file>', 'a file written by `images save`')
  .action(async (options: ImagesFlags) => finish(await (await import('./images.js')).load(options)));

withSelection(images.command('save'))
  .description('save images, programs and charts to one file, for a machine without a network')
  .requiredOption('--archive <file>', 'the file')
  .action(async (options: ImagesFlags & { archive: string }) =>
    finish(await (await import('./images.js')).save(options)),
  );

const metrics = program.command('metrics').description('traffic metrics for a mesh that does not serve them');

metrics
  .command('serve')
  .description('serve metrics.smi-spec.io/v1alpha1 from what the proxies of a mesh count')
  .option('--mesh <name>', 'whose proxies they are (default: reference)')
  .option('--driver <path>', 'a driver of your own: path or package')
  .option('--kubeconfig <file>', 'of the cluster (default: KUBECONFIG, then ~/.kube/config)')
  .option('--context <name>', 'of the kubeconfig (default: its current one)')
  .option(
    '--proxy <name@admin...>',
    'no cluster: these proxies, as NAMESPACE/POD@HOST:PORT or NAMESPACE/POD,ADDRESS@/SOCKET',
  )
  .option('--window <duration>', 'how far back an answer reaches (default: 30s)')
  .option('--host <address>', 'where to listen (default: 127.0.0.1)')
  .option('--port <n>', 'where to listen; 0: any that is free (default: 8088)', wholeNumber(0, 65_535))
  .option('--json', 'print the address as JSON')
  .action(async (options: MetricsFlags) => finish(await (await import('./metrics.js')).serve(options)));

metrics
  .command('manifest')
  .description('print what a cluster needs to serve them: deployment, rights, APIService')
  .option('--mesh <name>', 'whose proxies they are (default: reference)')
  .option('--namespace <name>', 'where it runs (default: meshgauge-metrics)')
  .option('--image <ref>', 'image of the shim (default: the one that "images build" makes)')
  .option('--window <duration>', 'how far back an answer reaches (default: 30s)')
  .action(async (options: ManifestFlags) => finish(await (await import('./metrics-manifest.js')).manifest(options)));

// A run from nothing makes what it misses.
useImageBuilder(async (refs, options) => (await import('./images.js')).buildMissing(refs, options));

function finish(code: ExitCode): void {
  process.exitCode = code;
}

/** The bounds are those of the configuration file. */
function wholeNumber(low: number, high: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= low && number <= high) return number;
    throw new InvalidArgumentError(`a whole number from ${low} to ${high} is wanted`);
  };
}

for (const command of [...program.commands, ...images.commands, ...metrics.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  // commander has printed its own message already; help and version are no errors.
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.conformant : EXIT.badInput) : reportError(error);
}
