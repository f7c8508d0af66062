/**
 * Every process of a test that loads wrangler compiles its megabytes anew, which takes longer than what it is asked to do. V8 keeps
 * what it compiled of wrangler and miniflare, by the digest of the text; a text that changed has another digest, and V8 itself
 * rejects what another V8 has left. What is run is the real program, in its own process, as before.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const vm = require('node:vm');

const folder = join(__dirname, '../../node_modules/.cache/selvedge-tests');
const large = /[\\/]node_modules[\\/](?:wrangler|miniflare)[\\/](?:wrangler-)?dist[\\/]/;
// Node 20 forgets for what V8 kept from where it may import modules: those few places ask here. Any other fails aloud.
const imports = /\bawait import\((['"](?:unenv|@cloudflare\/unenv-preset|miniflare|sharp)['"]|moduleURL)\)/g;
const importModule = (name) => import(name);
const compile = Module.prototype._compile;

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Another process may write the same at the same time; a failure costs the next process its time only. */
function write(path, data) {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, data);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // The next process compiles it once more.
  }
}

Module.prototype._compile = function compileCached(content, filename, ...rest) {
  if (content.length < 100_000 || !large.test(filename)) return compile.call(this, content, filename, ...rest);
  const path = join(folder, `${createHash('sha1').update(content).digest('hex')}-${process.version}`);
  const cachedData = read(path);
  const text = `(importModule) => ${Module.wrap(content.replaceAll(imports, 'await importModule($1)')).replace(/;$/, '')}`;
  const script = new vm.Script(text, { filename, cachedData });
  // At its end a process knows which functions are needed; those are worth keeping.
  if (cachedData === undefined || script.cachedDataRejected)
    process.once('exit', () => write(path, script.createCachedData()));
  const run = script.runInThisContext()(importModule);
  const require = Module.createRequire(filename);
  return run.call(this.exports, this.exports, require, this, filename, dirname(filename));
};
