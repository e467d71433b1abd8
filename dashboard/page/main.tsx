import { render } from 'preact';
import { App } from './app.js';
import { searchLink } from './data/route.js';
import { Trouble, Waiting } from './parts/placeholder.js';
import { httpSource } from './source/http-source.js';
import { reportSource, unpackReport } from './source/report-source.js';
import type { Source } from './source/source.js';

const root = document.getElementById('app') as HTMLElement;

/** A report carries its data in the page and opens at its search. */
async function findSource(): Promise<Source> {
  const embedded = document.getElementById('report-data');
  if (!embedded) return httpSource();
  render(<Waiting what="Unpacking the report…" />, root);
  const data = await unpackReport(embedded.textContent ?? '');
  if (location.hash === '') history.replaceState(null, '', searchLink(data.plan.id));
  return reportSource(data);
}

findSource().then(
  (source) => render(<App source={source} />, root),
  () =>
    render(
      <Trouble what="This report cannot be unpacked: the file is damaged or the browser is from before 2023." />,
      root,
    ),
);
