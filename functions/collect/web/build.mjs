// Makes t.gen.js and x.gen.js, and each zipped as it is served, out of src/: node build.mjs [FOLDER]. The same lockfile gives
// the same bytes; TestBundleIsBuiltFromTheLockfile holds it to that.
import { minify } from 'terser';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = process.argv[2] ?? here;
const options = { ecma: 2020, toplevel: true, compress: { passes: 2, ecma: 2020 }, mangle: { toplevel: true }, format: { ascii_only: true } };

for (const name of ['t', 'x']) {
  const { code } = await minify(readFileSync(`${here}/src/${name}.js`, 'utf8'), options);
  writeFileSync(`${out}/${name}.gen.js`, code);
  writeFileSync(`${out}/${name}.gen.js.gz`, gzipSync(code, { level: 9 }));
}
