// Asks @slack/oauth and our generator for install URLs of the same settings, and compares them parameter by parameter.
//
//   node compare.mjs <program of install_url.cpp>
import { spawnSync } from 'node:child_process';
import slackOAuth from '@slack/oauth';

const { InstallProvider, LogLevel } = slackOAuth;

const cases = [
  { clientId: '111.222', state: 'state-1', scopes: ['chat:write'] },
  { clientId: '111.222', state: 'state-1', scopes: ['chat:write', 'app_mentions:read', 'commands'] },
  { clientId: '111.222', state: 'state-1', scopes: ['commands'], userScopes: ['search:read', 'users:read.email'] },
  { clientId: '111.222', state: 'state-1', scopes: [], userScopes: ['search:read'] },
  { clientId: '111.222', state: 'state-1', scopes: ['commands'], redirectUri: 'https://app.example/slack/oauth_redirect' },
  { clientId: '111.222', state: 'state-1', scopes: ['commands'], redirectUri: 'https://app.example/a b?c=d&e=ü#f' },
  { clientId: '111.222', state: 'state-1', scopes: ['commands'], teamId: 'T0FURNACE' },
  { clientId: '111.222', state: 'state-1', scopes: ['commands'], teamId: 'T1&team=T2\r\nSet-Cookie: a=b' },
  { clientId: '1&2=3', state: 'a+b c/d=e%20~"\u{1F44B}', scopes: ['commands'] },
  {
    clientId: '111.222',
    state: 'eyJhbGciOiJIUzI1NiJ9.eyJ0IjoxfQ.c2lnbmF0dXJl',
    scopes: ['chat:write', 'commands'],
    userScopes: ['search:read'],
    redirectUri: 'https://app.example/back',
    teamId: 'T0FURNACE',
    authorizationUrl: 'https://slack-gov.com/oauth/v2/authorize',
  },
];

async function urlOfNode({ clientId, state, authorizationUrl, ...options }) {
  const provider = new InstallProvider({
    clientId,
    clientSecret: 'not-a-real-client-secret',
    stateStore: { generateStateParam: async () => state, verifyStateParam: async () => options },
    logLevel: LogLevel.ERROR,
    ...(authorizationUrl ? { authorizationUrl } : {}),
  });
  return provider.generateInstallUrl(options);
}

const program = spawnSync(process.argv[2], [], {
  input: cases.map((settings) => `${JSON.stringify(settings)}\n`).join(''),
  encoding: 'utf8',
});
if (program.status !== 0) throw new Error(`${process.argv[2]} failed: ${program.stderr}${program.error ?? ''}`);
const ours = program.stdout.trimEnd().split('\n');
if (ours.length !== cases.length) throw new Error(`expected ${cases.length} URLs, and got ${ours.length}`);

const sorted = (url) => JSON.stringify([...url.searchParams].sort());
let differences = 0;
for (const [i, settings] of cases.entries()) {
  const mine = new URL(ours[i]);
  const theirs = new URL(await urlOfNode(settings));
  const same = mine.origin + mine.pathname === theirs.origin + theirs.pathname && sorted(mine) === sorted(theirs);
  if (same) continue;
  differences += 1;
  console.error(`for ${JSON.stringify(settings)}\n  ours:         ${mine}\n  @slack/oauth: ${theirs}`);
}
console.log(`${cases.length} install URLs compared with @slack/oauth, ${differences} differ`);
process.exitCode = differences === 0 ? 0 : 1;
