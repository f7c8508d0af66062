#!/usr/bin/env node
// The CLI is TypeScript that Node runs as it stands: tsx's loader is registered first, with no tsconfig of its own or the user's.
import { register } from 'tsx/esm/api';

register({ tsconfig: false });
const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
