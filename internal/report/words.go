package report

import "example.org/osprey"

// words are the texts of a printed report in one language.
type words struct {
	Title, Issued, Page, Summary, Media, Analyses                          string
	Metadata, Models, Folder, Company, Received, Resolved                  string
	MachineWord, OperatorWord, OperatorComment, Number, Success, Declined  string
	OperatorRequired, Failed, Initial, List, Quality, Biometry, Collection string
	Documents, Photo, Video, ShotSet, ResultImage, FileName                string
	Tags, Size, Dimensions, Duration, Frames, Erased                       string
	Identifier, Ended, Spoofing, Injection, Threshold, Thresholds          string
	Confidence, Gesture, Detected, NotDetected, Pair, Person               string
	Nobody, Check, Outcome, Measured, Limit, Field                         string
	Value, Valid, ErrorWord, Version, Model, Reason                        string
	Searched, NoMedia, NoAnalyses, NoMetadata, NoResult, Unprintable       string
	BytesWord, Seconds                                                     string
}

// languages hold every text of each language; a test finds one that is missing.
var languages = map[osprey.Locale]words{
	osprey.LocaleEnglish: {
		Title: "Verification report", Issued: "Issued", Page: "Page %s of %s", Summary: "Summary", Media: "Media", Analyses: "Analyses",
		Metadata: "Metadata", Models: "Models", Folder: "Folder", Company: "Company", Received: "Received", Resolved: "Resolved",
		MachineWord: "Decision of the system", OperatorWord: "Decision of the operator", OperatorComment: "Comment of the operator",
		Number: "Individual identification number (client_iin)", Success: "Passed", Declined: "Declined", OperatorRequired: "Operator required",
		Failed: "Failed", Initial: "Not analysed", List: "Collection", Quality: "Liveness", Biometry: "Face matching", Collection: "Search in collections",
		Documents: "Document", Photo: "Photo", Video: "Video", ShotSet: "Frame sequence", ResultImage: "Extracted image", FileName: "File",
		Tags: "Tags", Size: "Size", Dimensions: "Dimensions", Duration: "Duration", Frames: "Frames", Erased: "The file was erased",
		Identifier: "Identifier", Ended: "Ended", Spoofing: "Confidence of spoofing", Injection: "Signs of injection", Threshold: "Threshold",
		Thresholds: "Thresholds", Confidence: "Confidence", Gesture: "Gesture", Detected: "seen", NotDetected: "not seen", Pair: "Pair of media",
		Person: "Person", Nobody: "Nobody was matched", Check: "Check", Outcome: "Result", Measured: "Measured", Limit: "Limit", Field: "Field",
		Value: "Value", Valid: "Check digit", ErrorWord: "Error", Version: "Version", Model: "Model", Reason: "Reason",
		Searched: "searched: persons %d, photos %d", NoMedia: "The folder has no media.", NoAnalyses: "The folder has no analyses.",
		NoMetadata: "The folder has no metadata.", NoResult: "No result", BytesWord: "bytes", Seconds: "s",
		Unprintable: "Characters that the printed type lacks stand as □; the JSON form of this report has them.",
	},
	"es": {
		Title: "Informe de verificación", Issued: "Emitido", Page: "Página %s de %s", Summary: "Resumen", Media: "Medios", Analyses: "Análisis",
		Metadata: "Metadatos", Models: "Modelos", Folder: "Carpeta", Company: "Empresa", Received: "Recibido", Resolved: "Resuelto",
		MachineWord: "Decisión del sistema", OperatorWord: "Decisión del operador", OperatorComment: "Comentario del operador",
		Number: "Número de identificación (client_iin)", Success: "Aprobado", Declined: "Rechazado", OperatorRequired: "Requiere operador",
		Failed: "Fallido", Initial: "Sin analizar", List: "Colección", Quality: "Prueba de vida", Biometry: "Comparación facial", Collection: "Búsqueda en colecciones",
		Documents: "Documento", Photo: "Foto", Video: "Vídeo", ShotSet: "Secuencia de fotogramas", ResultImage: "Imagen extraída", FileName: "Archivo",
		Tags: "Etiquetas", Size: "Tamaño", Dimensions: "Dimensiones", Duration: "Duración", Frames: "Fotogramas", Erased: "El archivo fue borrado", //nolint:misspell // Spanish
		Identifier: "Identificador", Ended: "Terminado", Spoofing: "Confianza de suplantación", Injection: "Indicios de inyección", Threshold: "Umbral",
		Thresholds: "Umbrales", Confidence: "Confianza", Gesture: "Gesto", Detected: "visto", NotDetected: "no visto", Pair: "Par de medios",
		Person: "Persona", Nobody: "No hubo coincidencias", Check: "Comprobación", Outcome: "Resultado", Measured: "Medido", Limit: "Límite", Field: "Campo",
		Value: "Valor", Valid: "Dígito de control", ErrorWord: "Error", Version: "Versión", Model: "Modelo", Reason: "Motivo",
		Searched: "examinado: personas %d, fotos %d", NoMedia: "La carpeta no tiene medios.", NoAnalyses: "La carpeta no tiene análisis.",
		NoMetadata: "La carpeta no tiene metadatos.", NoResult: "Sin resultado", BytesWord: "bytes", Seconds: "s",
		Unprintable: "Los caracteres que faltan en la tipografía aparecen como □; la forma JSON de este informe los contiene.",
	},
	"pt-br": {
		Title: "Relatório de verificação", Issued: "Emitido", Page: "Página %s de %s", Summary: "Resumo", Media: "Mídias", Analyses: "Análises",
		Metadata: "Metadados", Models: "Modelos", Folder: "Pasta", Company: "Empresa", Received: "Recebido", Resolved: "Resolvido",
		MachineWord: "Decisão do sistema", OperatorWord: "Decisão do operador", OperatorComment: "Comentário do operador",
		Number: "Número de identificação (client_iin)", Success: "Aprovado", Declined: "Recusado", OperatorRequired: "Requer operador",
		Failed: "Falhou", Initial: "Não analisado", List: "Coleção", Quality: "Prova de vida", Biometry: "Comparação facial", Collection: "Busca em coleções",
		Documents: "Documento", Photo: "Foto", Video: "Vídeo", ShotSet: "Sequência de quadros", ResultImage: "Imagem extraída", FileName: "Arquivo",
		Tags: "Etiquetas", Size: "Tamanho", Dimensions: "Dimensões", Duration: "Duração", Frames: "Quadros", Erased: "O arquivo foi apagado",
		Identifier: "Identificador", Ended: "Encerrado", Spoofing: "Confiança de fraude", Injection: "Indícios de injeção", Threshold: "Limiar",
		Thresholds: "Limiares", Confidence: "Confiança", Gesture: "Gesto", Detected: "visto", NotDetected: "não visto", Pair: "Par de mídias",
		Person: "Pessoa", Nobody: "Ninguém foi encontrado", Check: "Verificação", Outcome: "Resultado", Measured: "Medido", Limit: "Limite", Field: "Campo",
		Value: "Valor", Valid: "Dígito verificador", ErrorWord: "Erro", Version: "Versão", Model: "Modelo", Reason: "Motivo",
		Searched: "pesquisado: pessoas %d, fotos %d", NoMedia: "A pasta não tem mídias.", NoAnalyses: "A pasta não tem análises.",
		NoMetadata: "A pasta não tem metadados.", NoResult: "Sem resultado", BytesWord: "bytes", Seconds: "s",
		Unprintable: "Caracteres que faltam na fonte aparecem como □; a forma JSON deste relatório os contém.",
	},
	"ru": {
		Title: "Отчёт о проверке", Issued: "Составлен", Page: "Страница %s из %s", Summary: "Итог", Media: "Медиафайлы", Analyses: "Анализы",
		Metadata: "Метаданные", Models: "Модели", Folder: "Папка", Company: "Компания", Received: "Получена", Resolved: "Завершена",
		MachineWord: "Решение системы", OperatorWord: "Решение оператора", OperatorComment: "Комментарий оператора",
		Number: "Индивидуальный идентификационный номер (client_iin)", Success: "Успешно", Declined: "Отклонено", OperatorRequired: "Нужен оператор",
		Failed: "Ошибка", Initial: "Не анализировалась", List: "Коллекция", Quality: "Проверка на живость", Biometry: "Сравнение лиц", Collection: "Поиск по коллекциям",
		Documents: "Документ", Photo: "Фото", Video: "Видео", ShotSet: "Набор кадров", ResultImage: "Извлечённое изображение", FileName: "Файл",
		Tags: "Теги", Size: "Размер", Dimensions: "Размеры кадра", Duration: "Длительность", Frames: "Кадры", Erased: "Файл удалён",
		Identifier: "Идентификатор", Ended: "Завершён", Spoofing: "Уверенность в подделке", Injection: "Признаки подмены потока", Threshold: "Порог",
		Thresholds: "Пороги", Confidence: "Уверенность", Gesture: "Жест", Detected: "выполнен", NotDetected: "не выполнен", Pair: "Пара медиафайлов",
		Person: "Персона", Nobody: "Совпадений нет", Check: "Проверка", Outcome: "Результат", Measured: "Измерено", Limit: "Предел", Field: "Поле",
		Value: "Значение", Valid: "Контрольная цифра", ErrorWord: "Ошибка", Version: "Версия", Model: "Модель", Reason: "Причина",
		Searched: "просмотрено персон: %d, фотографий: %d", NoMedia: "В папке нет медиафайлов.", NoAnalyses: "В папке нет анализов.",
		NoMetadata: "У папки нет метаданных.", NoResult: "Нет результата", BytesWord: "байт", Seconds: "с",
		Unprintable: "Знаки, которых нет в шрифте, заменены на □; в форме JSON этого отчёта они сохранены.",
	},
	"tr": {
		Title: "Doğrulama raporu", Issued: "Düzenlenme", Page: "Sayfa %s / %s", Summary: "Özet", Media: "Medya", Analyses: "Analizler",
		Metadata: "Üst veriler", Models: "Modeller", Folder: "Klasör", Company: "Şirket", Received: "Alındı", Resolved: "Sonuçlandı",
		MachineWord: "Sistemin kararı", OperatorWord: "Operatörün kararı", OperatorComment: "Operatörün yorumu",
		Number: "Kimlik numarası (client_iin)", Success: "Başarılı", Declined: "Reddedildi", OperatorRequired: "Operatör gerekli",
		Failed: "Hata", Initial: "Analiz edilmedi", List: "Koleksiyon", Quality: "Canlılık", Biometry: "Yüz eşleştirme", Collection: "Koleksiyonlarda arama",
		Documents: "Belge", Photo: "Fotoğraf", Video: "Video", ShotSet: "Kare dizisi", ResultImage: "Çıkarılan görüntü", FileName: "Dosya",
		Tags: "Etiketler", Size: "Boyut", Dimensions: "Ölçüler", Duration: "Süre", Frames: "Kareler", Erased: "Dosya silindi",
		Identifier: "Kimlik", Ended: "Bitiş", Spoofing: "Sahtecilik güveni", Injection: "Enjeksiyon belirtileri", Threshold: "Eşik",
		Thresholds: "Eşikler", Confidence: "Güven", Gesture: "Hareket", Detected: "görüldü", NotDetected: "görülmedi", Pair: "Medya çifti",
		Person: "Kişi", Nobody: "Eşleşme yok", Check: "Denetim", Outcome: "Sonuç", Measured: "Ölçülen", Limit: "Sınır", Field: "Alan",
		Value: "Değer", Valid: "Denetim basamağı", ErrorWord: "Hata", Version: "Sürüm", Model: "Model", Reason: "Neden",
		Searched: "%d kişi, %d fotoğraf arandı", NoMedia: "Klasörde medya yok.", NoAnalyses: "Klasörde analiz yok.",
		NoMetadata: "Klasörün üst verisi yok.", NoResult: "Sonuç yok", BytesWord: "bayt", Seconds: "sn",
		Unprintable: "Yazı tipinde olmayan karakterler □ olarak basılır; bu raporun JSON biçiminde bulunurlar.",
	},
}
