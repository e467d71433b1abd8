/** The part of svgcanvas that svg.ts uses; the package ships no types. */
declare module 'svgcanvas' {
  export interface Context extends CanvasRenderingContext2D {
    /** The SVG drawn so far; `fixNamedEntities` turns named entities into numbers. */
    getSerializedSvg(fixNamedEntities?: boolean): string;
  }
  export const Context: new (size: { readonly width: number; readonly height: number }) => Context;
}
