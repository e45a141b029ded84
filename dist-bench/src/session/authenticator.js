export {};
//# sourceMappingURL=authenticator.js.map