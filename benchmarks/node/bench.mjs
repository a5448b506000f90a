// The Node SDK's stores, measured as memory_benchmark.cpp and file_benchmark.cpp measure ours: the same workspaces, and
// look-ups that follow one another. Prints nanoseconds by method and number of workspaces, as JSON.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import slackOAuth from '@slack/oauth';

const { FileInstallationStore, MemoryInstallationStore } = slackOAuth;

const counts = [1_000, 10_000, 100_000, 1_000_000];
const repetitions = 3;

function numberedId(prefix, number) {
  return prefix + String((number * 7919) % 100_000_000).padStart(8, '0');
}

// One cycle through all of them, in random order.
function randomCycle(count) {
  const order = Array.from({ length: count }, (_, i) => i);
  let seed = 20260101;
  for (let i = count - 1; i > 0; i -= 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = seed % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const next = new Array(count);
  order.forEach((place, i) => { next[place] = order[(i + 1) % count]; });
  return next;
}

function installation(i, next) {
  return {
    team: { id: numberedId('T', i), name: 'Furnace Works' },
    enterprise: { id: numberedId('E', i % 1000), name: 'Kiln Group' },
    user: { id: 'U0ADA', token: undefined, scopes: undefined },
    bot: {
      id: 'B0SMELTER',
      userId: 'U0BOTUSER',
      token: `xoxb-not-a-real-token-of-a-usual-length-${numberedId('T', i)}`,
      scopes: ['chat:write', 'commands', 'app_mentions:read'],
    },
    tokenType: 'bot',
    appId: 'A0SMELTER',
    authVersion: 'v2',
    isEnterpriseInstall: false,
    next,
  };
}

async function nanosecondsPerCall(calls, run, prepare = async () => {}) {
  let fastest = Infinity;
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    await prepare();
    const start = process.hrtime.bigint();
    await run();
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - start) / calls);
  }
  return fastest;
}

async function measure(count) {
  const store = new MemoryInstallationStore();
  const next = randomCycle(count);
  const save = (i) => store.storeInstallation(installation(i, next[i]));
  for (let i = 0; i < count; i += 1) await save(i);
  const queries = Array.from({ length: count }, (_, i) => ({
    teamId: numberedId('T', i), enterpriseId: numberedId('E', i % 1000), isEnterpriseInstall: false,
  }));

  const lookUps = 500_000;
  let place = 0;
  const fetchInstallation = await nanosecondsPerCall(lookUps, async () => {
    for (let i = 0; i < lookUps; i += 1) place = (await store.fetchInstallation(queries[place])).next;
  });

  const deletes = count <= 10_000 ? 50 : 5; // each takes milliseconds
  const deleteInstallation = await nanosecondsPerCall(deletes, async () => {
    for (let i = 0; i < deletes; i += 1) await store.deleteInstallation(queries[(i * 7) % count]);
  }, async () => {
    for (let i = 0; i < deletes; i += 1) await save((i * 7) % count);
  });
  return { fetchInstallation, deleteInstallation };
}

async function measureFiles(count) {
  const folder = process.env.SLACK_OAUTH_BENCH_DIR ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  const baseDir = mkdtempSync(join(folder, 'slack-oauth-bench-'));
  try {
    const store = new FileInstallationStore({ baseDir, clientId: '111.222', historicalDataEnabled: false });
    const next = randomCycle(count);
    const save = (i) => store.storeInstallation(installation(i, next[i]));
    for (let i = 0; i < count; i += 1) await save(i);
    let place = 0;
    const lookUps = 20_000;
    const fetchInstallation = await nanosecondsPerCall(lookUps, async () => {
      for (let i = 0; i < lookUps; i += 1) {
        const query = { teamId: numberedId('T', place), enterpriseId: numberedId('E', place % 1000), isEnterpriseInstall: false };
        place = (await store.fetchInstallation(query)).next;
      }
    });
    const saves = 2_000;
    const storeInstallation = await nanosecondsPerCall(saves, async () => {
      for (let i = 0; i < saves; i += 1) await save((i * 7) % count);
    });
    return { fetchInstallation, storeInstallation };
  } finally {
    rmSync(baseDir, { recursive: true });
  }
}

const results = { memory: { fetchInstallation: {}, deleteInstallation: {} } };
for (const count of counts) {
  for (const [method, nanoseconds] of Object.entries(await measure(count))) {
    results.memory[method][count] = nanoseconds;
  }
}
results.file = { fetchInstallation: {}, storeInstallation: {} };
for (const count of [1_000, 100_000]) {
  for (const [method, nanoseconds] of Object.entries(await measureFiles(count))) {
    results.file[method][count] = nanoseconds;
  }
}
console.log(JSON.stringify(results, null, 2));
