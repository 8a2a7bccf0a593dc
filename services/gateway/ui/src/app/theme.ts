import { createTheme, type MantineColorsTuple } from '@mantine/core';

const nitka: MantineColorsTuple = [
  '#e8f5f2', '#d2e9e4', '#a6d4ca', '#77beb0', '#52ab9a', '#379c8a', '#218875', '#0f7565', '#0b6558', '#06463d',
]; // prettier-ignore

export const theme = createTheme({
  primaryColor: 'nitka',
  primaryShade: { light: 8, dark: 7 },
  colors: { nitka },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '11px', xl: '16px' },
  headings: { fontWeight: '620' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 450, withArrow: false, fz: 'xs', py: 4, px: 8 } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end', transitionProps: { duration: 90 } } },
    Popover: { defaultProps: { shadow: 'md', transitionProps: { duration: 90 } } },
    Button: { defaultProps: { fw: 550 } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 32 } },
    Modal: { defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.35 } } },
  },
});
