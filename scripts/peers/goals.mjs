// The goals, each with the best that any of the others showed in the same run.

const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(1)} %`;
const mark = (met) => (met === undefined ? '–' : met ? '✓' : '✗');

/** @returns rows of goal, best peer, ours, target, mark */
export function composeGoals(run) {
  const checks = new Map(run.selfTest.flatMap((result) => result.checks.map((check) => [check.name, check])));
  return [...stallGoals(run), ...instantGoals(run), ...closingGoals(run), ...selfTestGoals(checks)].map(
    ({ goal, peer = '–', ours = '–', target, met }) => [goal, peer, ours, target, mark(met)],
  );
}

/** Readings of one server: ours, and those of open loops that ran. */
function split({ readings, ours }, server) {
  const all = (readings[server] ?? []).filter(({ failure }) => failure === undefined);
  return { own: all.find(({ tool }) => tool === ours), peers: all.filter(({ tool, open }) => open && tool !== ours) };
}

/** The reading that is best by a measure (the least), among those that have one. */
function best(readings, measure) {
  const known = readings
    .map((reading) => ({ reading, value: measure(reading) }))
    .filter(({ value }) => Number.isFinite(value));
  return known.sort((a, b) => a.value - b.value)[0];
}

function stallGoals(run) {
  const { own, peers } = split(run, 'stall');
  const { rate, seconds } = run.servers.stall;
  const errorOf = (name, truth) => (reading) => reading[name] / truth - 1;
  const quantile = (name, truth, limit) => {
    const error = errorOf(name, truth);
    const peer = best(peers, (reading) => Math.abs(error(reading)));
    const target = `≤ ${limit * 100} %`;
    if (own === undefined) return { goal: `freezing server, error of ${name}`, target };
    return {
      goal: `freezing server, error of ${name}`,
      peer: peer && `${peer.reading.tool} ${signed(error(peer.reading))}`,
      ours: signed(error(own)),
      target,
      met: Math.abs(error(own)) <= limit,
    };
  };
  const vegeta = peers.find(({ tool }) => tool === 'vegeta');
  const answered = (reading) => reading.answered / (rate * seconds);
  const lost = best(peers, (reading) => Math.abs(1 - answered(reading)));
  const worst = best(peers, answered);
  return [
    quantile('p95', 100, 0.15),
    quantile('p99', 180, 0.1),
    {
      goal: 'freezing server, error of p99 beside the error of vegeta',
      peer: vegeta && signed(errorOf('p99', 180)(vegeta)),
      ours: own && signed(errorOf('p99', 180)(own)),
      target: '≤ 1.5 times',
      met: own && vegeta && Math.abs(errorOf('p99', 180)(own)) <= 1.5 * Math.abs(errorOf('p99', 180)(vegeta)),
    },
    {
      goal: 'answered of what was offered, freezing server',
      peer:
        lost &&
        `${lost.reading.tool} ${answered(lost.reading).toFixed(3)} (least: ${worst.reading.tool} ${worst.value.toFixed(3)})`,
      ours: own && answered(own).toFixed(4),
      target: '≥ 0.999',
      met: own && answered(own) >= 0.999,
    },
  ];
}

function instantGoals(run) {
  const { own, peers } = split(run, 'instant');
  // Below its resolution a generator prints 0: that is no reading.
  const fastest = best(peers, ({ p50 }) => (p50 > 0 ? p50 : NaN));
  const uniform = peers.find(({ tool }) => tool === 'fortio -uniform');
  const even = best(peers, ({ uniformity }) => uniformity);
  const cheap = best(peers, ({ cpuPercent }) => cpuPercent);
  return [
    {
      goal: 'p50 of a server that answers at once, 1000 a second, in ms',
      peer: fastest && `${fastest.reading.tool} ${fastest.value.toFixed(3)}`,
      ours: own?.p50?.toFixed(3),
      target: `≤ fortio -uniform${uniform?.p50 === undefined ? '' : ` (${uniform.p50.toFixed(3)})`}`,
      met: own && uniform && own.p50 <= uniform.p50,
    },
    {
      goal: 'arrivals, distance to uniform within a second',
      peer: even && `${even.reading.tool} ${even.value.toFixed(3)}`,
      ours: own?.uniformity?.toFixed(3),
      target: '≤ 0.05',
      met: own && own.uniformity <= 0.05,
    },
    {
      goal: 'lateness of the generator itself, p50 / p99 in ms',
      peer: 'nobody prints it',
      ours: own && `${own.sendLag.p50?.toFixed(3)} / ${own.sendLag.p99?.toFixed(3)}`,
      target: '≤ 0.05 / ≤ 0.3',
      met: own && own.sendLag.p50 <= 0.05 && own.sendLag.p99 <= 0.3,
    },
    {
      goal: 'processor time for 1000 a second, of one core',
      peer: cheap && `${cheap.reading.tool} ${cheap.value.toFixed(0)} %`,
      ours: own && `${own.cpuPercent.toFixed(0)} %`,
      target: '≤ 40 %',
      met: own && own.cpuPercent <= 40,
    },
  ];
}

function closingGoals(run) {
  const { own, peers } = split(run, 'closing');
  const counted = best(peers, ({ closed, failed }) => Math.abs(closed - failed) / closed);
  return [
    {
      goal: 'closed connections counted as failures',
      peer: counted && `${counted.reading.tool} ${counted.reading.failed} of ${counted.reading.closed}`,
      ours: own && `${own.failed} of ${own.closed}`,
      target: 'all',
      met: own && own.failed === own.closed,
    },
  ];
}

/** By the names of the checks. Other generators have no such figure. */
function selfTestGoals(checks) {
  const one = (goal, name, decimals, target) => {
    const check = checks.get(name);
    const reading = check?.reading;
    return {
      goal,
      ours: Number.isFinite(reading) ? reading.toFixed(decimals) : check && 'none',
      target: target ?? check?.goal ?? '–',
      met: check?.ok,
    };
  };
  return [
    one('A/A: quantiles with a winner', 'A/A, quantiles with a winner', 0, '0'),
    one('0.2 ms added to a server: found, in ms', '0.2 ms added, p50 of the difference', 3, '0.2 ± 0.05'),
    one(
      'convergence, error against the proxy’s own word, p50 in ms',
      'Envoy takes over routes, one stream at 1 ms, error p50',
      2,
      '≤ 2',
    ),
    one('the same, p90 in ms', 'Envoy takes over routes, one stream at 1 ms, error p90', 2, '≤ gap + 3 = 4'),
    one(
      'all of 16 proxies, gap 16 ms: error p90 in ms',
      'Envoy takes over routes, last of 16 streams at 16 ms, error p90',
      2,
      '≤ gap + 3 = 19',
    ),
    one('glitches of 10 ms found', 'glitches of 10 ms found by probes 5 ms apart', 3, '≥ 0.95'),
    one(
      'overhead p90, deviation beside the sequential design',
      'overhead p90, deviation beside the sequential design',
      3,
      '≤ 1/5',
    ),
    one(
      'overhead p99, deviation beside the sequential design',
      'overhead p99, deviation beside the sequential design',
      3,
      '≤ 1/10',
    ),
    one('overhead p99, wrong signs in 12 repetitions', 'overhead p99, repetitions with the wrong sign', 0, '0'),
    one('false winners in 20 A/A trials', 'A/A trials with a winner, of 20', 0, '≤ 1'),
  ];
}
