/** Reading headers for matchers: routes mostly ask for one and the same header, each look-up of which crosses into the runtime. */

/** Looks a name up once while it is asked for repeatedly; `name` is lower case. */
export function headerReader(headers: Headers): (name: string) => string | null {
  let lastName: string | undefined;
  let lastValue: string | null = null;
  return (name) => {
    if (name !== lastName) {
      lastValue = headers.get(name);
      lastName = name;
    }
    return lastValue;
  };
}
