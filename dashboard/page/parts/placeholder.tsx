/** Placeholder of a page that is loading. */
export function Waiting({ what }: { what: string }) {
  return (
    <main class="placeholder" aria-busy="true">
      <p>{what}</p>
    </main>
  );
}

/** Placeholder of a page that could not be loaded. */
export function Trouble({ what }: { what: string }) {
  return (
    <main class="placeholder">
      <h1 class="error">{what}</h1>
      <p>
        <a href="#/">All searches in this store</a>
      </p>
    </main>
  );
}
