/** The shop window: what is on the shelves, and a button for each of it. No framework, no build. */
import type { Item } from '../inventory/stock.ts';

export function page(items: Item[]): string {
  const rows = items.map(
    ({ sku, name, cents, left }) =>
      `<tr><td>${name}</td><td>€ ${(cents / 100).toFixed(2)}</td><td id="left-${sku}">${left}</td>` +
      `<td><button data-sku="${sku}">Order one</button></td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The loom shop</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
  table { width: 100%; border-collapse: collapse; }
  th, td { text-align: left; padding: .5rem 0; border-bottom: 1px solid #ddd; }
  pre { background: #f4f4f4; padding: 1rem; overflow: auto; }
</style>
<h1>The loom shop</h1>
<table>
  <thead><tr><th>Goods</th><th>Price</th><th>In stock</th><th></th></tr></thead>
  <tbody>${rows.join('')}</tbody>
</table>
<p><label><input type="checkbox" id="tester"> order as a tester (sends <code>x-user: tester</code>)</label></p>
<pre id="answer">Order something.</pre>
<script>
  for (const button of document.querySelectorAll('button')) {
    button.onclick = async () => {
      const headers = { 'content-type': 'application/json' };
      if (document.getElementById('tester').checked) headers['x-user'] = 'tester';
      const body = JSON.stringify({ sku: button.dataset.sku, quantity: 1 });
      const answer = await (await fetch('/orders', { method: 'POST', headers, body })).json();
      document.getElementById('answer').textContent = JSON.stringify(answer.order, null, 2);
      for (const { sku, left } of answer.stock.items) document.getElementById('left-' + sku).textContent = left;
    };
  }
</script>
</html>
`;
}
