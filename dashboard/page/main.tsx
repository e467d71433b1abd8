import { render } from 'preact';
import { App } from './app.js';
import { httpSource } from './data/http-source.js';
import { reportSource } from './data/report-source.js';
import { searchLink } from './data/route.js';
import type { Source } from './data/source.js';
import { unpackReport } from './data/unpack-report.js';
import { Trouble, Waiting } from './pages/placeholder.js';

const root = document.getElementById('app') as HTMLElement;

/** A report carries its data in the page and opens at its search. */
async function findSource(): Promise<Source> {
  const embedded = document.getElementById('report-data');
  if (!embedded) return httpSource();
  render(<Waiting what="Unpacking the report …" />, root);
  const data = await unpackReport(embedded.textContent ?? '');
  if (location.hash === '') history.replaceState(null, '', searchLink(data.plan.id));
  return reportSource(data);
}

findSource().then(
  (source) => render(<App source={source} />, root),
  () =>
    render(
      <Trouble what="This report cannot be unpacked: the file is damaged, or the browser is older than 2023." />,
      root,
    ),
);
