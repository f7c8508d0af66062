import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// Paths from this folder: the command runs here.
const source = readFileSync('../src/legacy.template', 'utf8');
mkdirSync('../dist', { recursive: true });
writeFileSync('../dist/legacy.js', source.replace('%NAME%', process.argv[2]));
