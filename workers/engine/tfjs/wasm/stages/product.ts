import type { Address } from '../kernels.js';
import type { Runtime, Take } from '../runtime.js';

/** Floats that the panels of an [inner, columns] matrix take. */
export function panelFloats(inner: number, columns: number): number {
  return inner * ((columns + 7) & ~7);
}

/** Products with one right-hand matrix [inner, columns], which is packed once. */
export class Product {
  private readonly packed: Address;
  private readonly tile: Address;
  private readonly bias: Address;

  /**
   * `b` is [inner, columns], or [columns, inner] where `transposed`; `bias` is the address of one float a column, or 0.
   */
  constructor(
    private readonly runtime: Runtime,
    take: Take,
    b: Address,
    private readonly inner: number,
    private readonly columns: number,
    { transposed = false, bias = 0 }: { readonly transposed?: boolean; readonly bias?: Address } = {},
  ) {
    this.packed = take(panelFloats(inner, columns));
    this.tile = take(runtime.kernels.MULTIPLY_SCRATCH.value);
    const [rowStride, columnStride] = transposed ? [1, inner] : [columns, 1];
    runtime.kernels.packPanels(b, this.packed, inner, columns, rowStride, columnStride, inner, 0);
    this.bias = bias === 0 ? 0 : take(columns + 8);
    if (bias !== 0) runtime.copy(this.bias, bias, columns);
  }

  /** c [rows, columns] = a [rows, inner] · b + bias. */
  multiply(a: Address, c: Address, rows: number): void {
    const { inner, columns } = this;
    this.runtime.kernels.multiplyPacked(a, this.packed, c, rows, inner, columns, inner, columns, this.bias, this.tile);
  }
}
