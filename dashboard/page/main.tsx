import { render } from 'preact';
import type { ReportData } from '../api.js';
import { App } from './app.js';
import { httpSource } from './data/http-source.js';
import { reportSource } from './data/report-source.js';
import { searchLink } from './data/route.js';
import type { Source } from './data/source.js';

/** A report carries its data in the page and opens at its search. */
function findSource(): Source {
  const embedded = document.getElementById('report-data');
  if (!embedded) return httpSource();
  const data = JSON.parse(embedded.textContent ?? '') as ReportData;
  if (location.hash === '') history.replaceState(null, '', searchLink(data.plan.id));
  return reportSource(data);
}

render(<App source={findSource()} />, document.getElementById('app') as HTMLElement);
