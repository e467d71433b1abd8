/** α, β, γ of the paper's equation 3, and φ. */
export interface Coefficients {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
}

/** d, w and r of the paper: what depth, width and resolution are multiplied by, before rounding. */
export interface Multipliers {
  readonly depth: number;
  readonly width: number;
  readonly resolution: number;
}

/** α^φ, β^φ, γ^φ (arXiv 1905.11946, equation 3). */
export function multipliers({ alpha, beta, gamma, phi }: Coefficients): Multipliers {
  return { depth: alpha ** phi, width: beta ** phi, resolution: gamma ** phi };
}

/** α·β²·γ²: by how much macs grow nominally when φ grows by 1. */
export function nominalProduct({ alpha, beta, gamma }: Omit<Coefficients, 'phi'>): number {
  return alpha * beta ** 2 * gamma ** 2;
}
