// Starts the app and the stand-in for Slack, each on a free port of this machine, with a folder of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const longestWait = 20_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function until(what, isTrue) {
  const end = Date.now() + longestWait;
  while (Date.now() < end) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come to be: ${what}`);
}

class Server {
  constructor(program, args, env) {
    this.log = '';
    // A write beyond a limit on the file size is to fail as on a full disk, not to end the process.
    const command = ['-c', 'trap "" XFSZ; exec "$0" "$@"', program, ...args];
    this.process = spawn('sh', command, { env: { ...env, PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.log += text));
    }
    this.ended = once(this.process, 'close').then(([code, signal]) => signal ?? code);
  }

  get pid() {
    return this.process.pid;
  }

  isRunning() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /// The exit code, or the signal that ended it.
  async stop() {
    if (this.isRunning()) this.process.kill('SIGTERM');
    return this.ended;
  }
}

/// { app, slack, home, slackHome, records(), startApp(), runApp(), stored(), stop() }
export async function startServers(programs, { slackArguments = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'slack-app-'));
  const home = `http://localhost:${await freePort()}`;
  const slackHome = `http://localhost:${await freePort()}`;
  const slack = new Server(programs.slackStandin, ['--port', new URL(slackHome).port, '--app', home, ...slackArguments]);
  const environment = {
    PORT: new URL(home).port,
    SLACK_APP_DATABASE: join(folder, 'app.db'),
    SLACK_APP_KEY: `2026-11:${Buffer.from('not-a-real-key-of-32-bytes-00001').toString('base64')}`,
    SLACK_API_URL: `${slackHome}/api/`,
    SLACK_AUTHORIZE_URL: `${slackHome}/oauth/v2/authorize`,
    SLACK_CLIENT_ID: '111.222',
    SLACK_CLIENT_SECRET: 'not-a-real-client-secret',
    SLACK_SIGNING_SECRET: 'not-a-real-signing-secret',
    SLACK_SCOPES: 'app_mentions:read,chat:write',
    SLACK_REDIRECT_URI: `${home}/slack/oauth_redirect`,
  };
  const app = new Server(programs.slackApp, [], environment);
  /// The app's program once more, beside the one that serves.
  const startApp = (...args) => new Server(programs.slackApp, args, environment);
  /// What it prints, once it has ended.
  const runApp = async (...args) => {
    const job = startApp(...args);
    const code = await job.ended;
    if (code !== 0) throw new Error(`it ended with ${code}: ${job.log}`);
    return job.log;
  };
  /// All bytes of the database's files.
  const stored = async () => {
    const names = await readdir(folder);
    return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name))))).toString('latin1');
  };
  const stop = async () => {
    const codes = await Promise.all([app.stop(), slack.stop()]);
    await rm(folder, { recursive: true, force: true });
    return codes;
  };
  try {
    await Promise.all(
      [[app, home], [slack, slackHome]].map(([server, url]) =>
        until(`${url} answers`, async () => {
          if (!server.isRunning()) throw new Error(`a server ended at once:\n${server.log}`);
          return (await fetch(url).catch(() => null))?.ok;
        }),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const records = async () => (await fetch(`${slackHome}/standin/records`)).json();
  return { app, slack, home, slackHome, records, startApp, runApp, stored, stop };
}
