'use strict';
const { join } = require('node:path');
const { generateFiles, joinPathFragments } = require('@nx/devkit');

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const kindPattern = /^(?:([a-z0-9.-]+)\/)?(v[a-z0-9]+)\/([A-Z][A-Za-z0-9]*)$/;

/**
 * nx g @nestor/plugin:controller my-thing --for=example.com/v1/Widget
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, for?: string }} options
 */
async function controllerGenerator(tree, options) {
  const kind = options.for ?? 'v1/ConfigMap';
  if (!namePattern.test(options.name)) throw new Error(`the name "${options.name}" must be in kebab-case, as my-thing`);
  const parsed = kindPattern.exec(kind);
  if (!parsed) throw new Error(`"${kind}" must name a kind with its version: v1/ConfigMap or example.com/v1/Widget`);
  const folder = joinPathFragments('libs/controllers', options.name);
  if (tree.exists(folder)) throw new Error(`${folder} is there already`);
  generateFiles(tree, join(__dirname, 'files'), folder, {
    name: options.name,
    className: pascalCase(options.name),
    kind,
    kindName: parsed[3],
    tmpl: '',
  });
  return () => {
    console.log(`\nNext: import ${pascalCase(options.name)}Module from '@nestor/controllers-${options.name}'`);
    console.log('in apps/controller-manager/src/controller-manager.module.ts, then run');
    console.log(`  npm install && npx jest --selectProjects controllers-${options.name}\n`);
  };
}

/** @param {string} name */
function pascalCase(name) {
  return name.replace(/(^|-)([a-z0-9])/g, (_match, _dash, letter) => letter.toUpperCase());
}

module.exports = { default: controllerGenerator, controllerGenerator };
