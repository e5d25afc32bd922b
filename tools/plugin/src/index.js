'use strict';
/** Nx generators for the things one adds to Nestor. Plain JavaScript: Nx loads them before anything is built. */
module.exports = { controllerGenerator: require('./controller/controller.generator').default };
