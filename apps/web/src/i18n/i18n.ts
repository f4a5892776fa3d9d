import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en.ts'
import { zh } from './zh.ts'

const storageKey = 'kairship.language'

/** English and Chinese; the browser's language unless the person chose one. */
export function startI18n(browserLanguage: string, storage: Storage): i18n {
  const chosen = storage.getItem(storageKey) ?? (browserLanguage.startsWith('zh') ? 'zh' : 'en')
  const instance = i18next.createInstance()
  void instance.use(initReactI18next).init({
    lng: chosen,
    fallbackLng: 'en',
    resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false },
  })
  const apply = (language: string): void => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    storage.setItem(storageKey, language)
  }
  apply(chosen)
  instance.on('languageChanged', apply)
  return instance
}
