'use strict';
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');
const { run, say } = require('./steps.cjs');

/** What the tests run against, beyond npm: the real runtime, network plugins, bus server and the image's busybox. */
const testPackages = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'nats-server',
  'busybox-static',
  'iproute2',
  'conntrack',
  'unzip',
];

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
  return (stdout ?? '').includes('ok installed');
}

/** Installs what is missing. Resolves to what could not be had; the tests that need it say so when they skip. */
async function installTestPackages() {
  if (!fs.existsSync('/etc/debian_version')) {
    say('not Debian or Ubuntu: tests that need packages of theirs will be skipped');
    return testPackages;
  }
  const missing = testPackages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return [];
  if (process.getuid() !== 0) {
    say(`not root, so these stay missing: ${missing.join(' ')}`);
    return missing;
  }
  say(`installing Debian packages: ${missing.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { quiet: true, env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { quiet: true, env });
  const still = missing.filter((name) => !isInstalled(name));
  say(still.length === 0 ? 'Debian packages installed' : `could not install: ${still.join(' ')}`);
  return still;
}

module.exports = { installTestPackages };
