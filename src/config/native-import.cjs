// Loaded with require, so that no test runner or bundler replaces this import() by its own.
module.exports = (url) => import(url);
