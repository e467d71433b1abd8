import { activationKinds } from '../activation.js';
import type { Address } from '../kernels.js';
import type { Runtime, Take } from '../runtime.js';

/** What a batch norm works with: addresses of one value a channel each. */
export interface NormAddresses {
  readonly gamma: Address;
  readonly beta: Address;
  readonly mean: Address;
  readonly variance: Address;
}

/**
 * A batch norm with its activation at work on [rows, channels], in pieces: the rows may come in any number of calls, so that each piece is
 * handled while it is in a cache. `kind` is the activation's number.
 */
export class Normaliser {
  private readonly doubles: Address;
  private readonly block: Address;
  private readonly scale: Address;
  private readonly shift: Address;
  private readonly coefficients: Address;

  constructor(
    private readonly runtime: Runtime,
    take: Take,
    private readonly channels: number,
    private readonly epsilon: number,
    private readonly kind: number,
    private readonly at: NormAddresses,
  ) {
    // The kernels read what belongs to channels in vectors of four.
    const padded = (channels + 3) & ~3;
    this.doubles = take(4 * padded);
    this.block = take(2 * padded);
    this.scale = take(padded);
    this.shift = take(padded);
    this.coefficients = take(3 * padded);
    runtime.zero(this.doubles, 4 * padded);
    runtime.zero(this.block, 2 * padded);
  }

  /** Forward, first: adds rows of x to the moments. `origin` is a row that is the same in all calls, such as the first. */
  addMoments(x: Address, rows: number, origin: Address): void {
    this.runtime.kernels.addMoments(x, rows, this.channels, origin, this.block, this.doubles);
  }

  /** Forward, second: writes mean and variance of all `rows` rows. */
  finishMoments(rows: number, origin: Address): void {
    const { mean, variance } = this.at;
    this.runtime.kernels.meanAndVariance(this.doubles, origin, rows, this.channels, mean, variance);
  }

  /** Once mean and variance are known, in either direction: prepares the scale and the shift. */
  prepare(): void {
    const { mean, variance, gamma, beta } = this.at;
    this.runtime.kernels.scaleAndShift(
      mean,
      variance,
      gamma,
      beta,
      this.epsilon,
      this.channels,
      this.scale,
      this.shift,
    );
  }

  /** y = activation(norm(x)); y may be x. */
  normalise(x: Address, y: Address, rows: number): void {
    this.runtime.kernels.normalise(x, this.scale, this.shift, y, rows, this.channels, this.kind);
  }

  /** As `normalise`, and the activation's slope at each value for `addGradientWithSlope`. */
  normaliseWithSlope(x: Address, y: Address, slope: Address, rows: number): void {
    if (this.hasCheapSlope) this.normalise(x, y, rows);
    else this.runtime.kernels.normaliseWithSlope(x, this.scale, this.shift, y, slope, rows, this.channels, this.kind);
  }

  /** Backward, first: g = dy · slope, and adds to the gradient's sums. g may be dy; for a linear activation nothing is written. */
  addGradient(x: Address, dy: Address, g: Address, rows: number): void {
    this.runtime.kernels.addGradientSums(
      x,
      dy,
      this.scale,
      this.shift,
      this.at.mean,
      g,
      rows,
      this.channels,
      this.kind,
      this.block,
      this.doubles,
    );
  }

  /** As `addGradient` with what `normaliseWithSlope` has left in `slope`. */
  addGradientWithSlope(x: Address, dy: Address, slope: Address, g: Address, rows: number): void {
    if (this.hasCheapSlope) {
      this.addGradient(x, dy, g, rows);
      return;
    }
    const { mean } = this.at;
    this.runtime.kernels.multiplyWithSums(x, dy, slope, mean, g, rows, this.channels, this.block, this.doubles);
  }

  /** A comparison is cheaper than writing slopes and reading them. */
  private get hasCheapSlope(): boolean {
    return this.kind === activationKinds.relu || this.kind === activationKinds.relu6;
  }

  /** Backward, second: writes the gradients of gamma and beta, and prepares `combine`. */
  finishGradient(rows: number, training: boolean, dGamma: Address, dBeta: Address): void {
    const { mean, variance, gamma } = this.at;
    this.runtime.kernels.gradientCoefficients(
      this.doubles,
      mean,
      variance,
      gamma,
      this.epsilon,
      rows,
      this.channels,
      training ? 1 : 0,
      dGamma,
      dBeta,
      this.coefficients,
    );
  }

  /** Backward, third: dx from g; dx may be g. */
  combine(x: Address, g: Address, dx: Address, rows: number): void {
    this.runtime.kernels.combineGradient(x, g, this.coefficients, dx, rows, this.channels);
  }
}
