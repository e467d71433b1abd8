import type { z } from 'zod';

/** The part of a zod schema's definition that is walked here. */
export interface Definition {
  readonly type: string;
  /** `safeint` of a number: only whole ones. */
  readonly format?: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly innerType?: z.core.$ZodType;
}

/**
 * The keys that a schema allows in the object at `path` of `value`. Where alternatives stand there, the keys of those that agree with the
 * constants in the value (the block type of a stage, say).
 */
export function keysAt(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, value, path).flatMap((found) => Object.keys(definitionOf(found).shape ?? {}));
}

/** Whether a schema wants a whole number at `path` of `value`. */
export function isIntegerAt(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): boolean {
  return schemasAt(schema, value, path).some((found) => definitionOf(found).format === 'safeint');
}

function schemasAt(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): z.core.$ZodType[] {
  const { type, shape, element, options, innerType } = definitionOf(schema);
  if (innerType) return schemasAt(innerType, value, path);
  if (options)
    return options.filter((option) => agrees(option, value)).flatMap((option) => schemasAt(option, value, path));
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const inner = type === 'array' ? element : shape?.[String(key)];
  return inner ? schemasAt(inner, child(value, key), rest) : [];
}

export function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

/** Whether no constant of an object schema contradicts the value. */
export function agrees(schema: z.core.$ZodType, value: unknown): boolean {
  const { shape = {} } = definitionOf(schema);
  return Object.entries(shape).every(([key, field]) => {
    const given = child(value, key);
    const constants = field._zod.values;
    return given === undefined || constants === undefined || constants.has(given as z.core.util.Primitive);
  });
}

function child(value: unknown, key: PropertyKey): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
