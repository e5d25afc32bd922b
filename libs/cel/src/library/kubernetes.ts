import { authorizerLibrary } from './authorizer';
import { formatLibrary } from './format';
import { ipLibrary } from './ip';
import type { Library } from './library';
import { listsLibrary } from './lists';
import { optionalsLibrary } from './optionals';
import { quantityLibrary } from './quantity';
import { regexLibrary } from './regex';
import { semverLibrary } from './semver';
import { setsLibrary } from './sets';
import { standardLibrary } from './standard';
import { stringsLibrary } from './strings';
import { timeLibrary } from './time-functions';
import { urlsLibrary } from './urls';

/** What every expression has in Kubernetes 1.36, wherever it stands. */
export const kubernetesLibraries: readonly Library[] = [
  standardLibrary,
  timeLibrary,
  stringsLibrary,
  listsLibrary,
  setsLibrary,
  optionalsLibrary,
  regexLibrary,
  urlsLibrary,
  quantityLibrary,
  ipLibrary,
  formatLibrary,
  semverLibrary,
  authorizerLibrary,
];
