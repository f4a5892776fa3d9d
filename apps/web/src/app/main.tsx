import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { createPlatform } from '../api/platform.ts'
import { PlatformContext } from '../api/use-objects.ts'
import { startI18n } from '../i18n/i18n.ts'
import { App } from './app.tsx'
import './style.css'

const root = document.getElementById('root')
if (root !== null) {
  const platform = createPlatform({ origin: globalThis.location.origin })
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={startI18n(navigator.language, localStorage)}>
        <PlatformContext value={platform}>
          <App />
        </PlatformContext>
      </I18nextProvider>
    </StrictMode>,
  )
}
