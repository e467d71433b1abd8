/** What stands where a page is still being read. */
export function Waiting({ what }: { what: string }) {
  return (
    <main class="placeholder" aria-busy="true">
      <p>{what}</p>
    </main>
  );
}

/** What stands where a page could not be read. */
export function Trouble({ what }: { what: string }) {
  return (
    <main class="placeholder">
      <h1 class="error">{what}</h1>
      <p>
        <a href="#/">All searches of this store</a>
      </p>
    </main>
  );
}
