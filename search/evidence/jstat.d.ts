/** The part of jStat that quantiles.ts uses; the package ships no types. */
declare module 'jstat' {
  interface Normal {
    cdf(x: number, mean: number, standardDeviation: number): number;
    inv(probability: number, mean: number, standardDeviation: number): number;
  }
  interface StudentT {
    cdf(x: number, degreesOfFreedom: number): number;
    inv(probability: number, degreesOfFreedom: number): number;
  }
  interface CentralF {
    cdf(x: number, numerator: number, denominator: number): number;
    inv(probability: number, numerator: number, denominator: number): number;
  }
  const jstat: {
    readonly jStat: { readonly normal: Normal; readonly studentt: StudentT; readonly centralF: CentralF };
  };
  export default jstat;
}
