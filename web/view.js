/** The one place that knows which library draws the page. */
export {
  html,
  render,
  useEffect,
  useMemo,
  useRef,
  useState,
} from './vendor/htm-preact-3.1.1.js';
