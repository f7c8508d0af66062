/** An error as plain data; the number by which workerd's log knows an internal error is different each time. */
export function told(error) {
  if (!(error instanceof Error)) return { thrown: error };
  const { name, message } = error;
  const text = message.replace(/reference = \S+/, 'reference = ...');
  const { stack: _stack, ...own } = error;
  return { name, message: text, ...own, ...(error.cause === undefined ? {} : { cause: told(error.cause) }) };
}

/** What a piece of work throws, or that it did not. */
export async function refused(work) {
  try {
    return { returned: (await work()) ?? null };
  } catch (error) {
    return told(error);
  }
}

/** Names and values of headers, in order. */
export function listed(headers) {
  return [...headers].map(([name, value]) => `${name}: ${value}`);
}

/** Asks again until the answer is other than `undefined`, for work that goes on in the background. */
export async function eventually(ask) {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await ask();
    if (answer !== undefined && answer !== null) return answer;
    await scheduler.wait(20);
  }
  return 'never';
}
