/** `meshgauge drivers`: what can be tested, and what each driver claims before a run has shown it. */
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import { EXIT, type ExitCode } from '../errors/harness-error.js';

export async function listDrivers(options: { json?: boolean }): Promise<ExitCode> {
  const drivers = await Promise.all(DRIVER_NAMES.map((name) => loadDriver(name)));
  if (options.json === true) {
    const rows = drivers.map(({ name, description, versions, environments, faults = [] }) => ({
      name,
      description,
      versions,
      environments,
      faults,
    }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return EXIT.conformant;
  }
  for (const { name, description, versions, environments, faults = [] } of drivers) {
    process.stdout.write(`${name}  ${description}\n`);
    process.stdout.write(
      `  versions: ${Object.entries(versions)
        .map(([part, version]) => `${part} ${version}`)
        .join(', ')}\n`,
    );
    process.stdout.write(`  environments: ${environments.join(', ')}\n`);
    if (faults.length > 0) process.stdout.write('  faults (--fault NAME):\n');
    for (const fault of faults) process.stdout.write(`    ${fault.name.padEnd(20)} ${fault.description}\n`);
  }
  return EXIT.conformant;
}
