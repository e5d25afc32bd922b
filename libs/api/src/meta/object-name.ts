import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isPathSegmentName, maskTrailingDash } from './names';

/** ValidateNameFunc of apimachinery: with prefix, the value is a generateName. */
export type ObjectNameCheck = (name: string, prefix: boolean) => string[];

const masked = (name: string, prefix: boolean): string => (prefix ? maskTrailingDash(name) : name);

/** Most kinds. */
export const subdomainName: ObjectNameCheck = (name, prefix) => isDns1123Subdomain(masked(name, prefix));
/** Namespaces and the like. */
export const labelName: ObjectNameCheck = (name, prefix) => isDns1123Label(masked(name, prefix));
/** Services. */
export const dns1035Name: ObjectNameCheck = (name, prefix) => isDns1035Label(masked(name, prefix));
/** Kinds whose names are free but for what a path segment forbids (RBAC). */
export const pathSegmentName: ObjectNameCheck = (name) => isPathSegmentName(name);
