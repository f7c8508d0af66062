/**
 * The page's only script: fetches the page again and swaps its main part, while somebody looks at it. A person who has
 * selected text or typed is left in peace. Where the session has ended it asks no more, and shows the login page. What is swapped in is the server's own HTML, escaped there.
 */
export const refreshScript = `
const live = document.getElementById('live');
const period = () => Number(live.dataset.refresh) * 1000;
const busy = () => document.hidden || String(getSelection()) !== '';
async function refresh() {
  if (!busy()) {
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error('control answered ' + answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const next = page.getElementById('main');
      if (next && !busy()) {
        const focused = document.activeElement && document.activeElement.getAttribute('href');
        document.getElementById('main').replaceWith(document.adoptNode(next));
        if (focused) document.querySelector('#main a[href="' + CSS.escape(focused) + '"]')?.focus({ preventScroll: true });
      }
      live.dataset.refresh = page.getElementById('live')?.dataset.refresh ?? '0';
      live.textContent = 'live';
      live.classList.remove('lost');
    } catch (problem) {
      live.textContent = 'not reachable: ' + problem.message;
      live.classList.add('lost');
    }
  }
  if (period() > 0) setTimeout(refresh, period());
}
if (period() > 0) {
  live.textContent = 'live';
  setTimeout(refresh, period());
}
`;
