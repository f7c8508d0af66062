#!/usr/bin/env node
// The CLI is TypeScript that Node runs as it stands: tsx's loader is registered first, with no tsconfig of its own or the user's.
import { register } from 'tsx/esm/api';

// A reader that has seen enough (`selvedge traces | head`) is no failure of the command.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});
// Libraries listen to signals too, and end the process with 0, as if the command had done its work; `dev` takes these away.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
register({ tsconfig: false });
const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
